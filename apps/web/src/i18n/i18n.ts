import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import type { Messages } from "./catalogue-messages.ts";
import { ownMessages } from "./own-messages.ts";
import { type Language, preferredLanguage, storedLanguage, storeLanguage } from "./language.ts";

const CATALOGUES: Readonly<Record<Language, () => Promise<{ messages: Readonly<Record<string, string>> }>>> = {
  en: () => import("../../locales/en.po"),
  ru: () => import("../../locales/ru.po"),
};

const NAMESPACE = "messages";

/** The translations of this page; only the language in use is loaded. */
export const translations: i18n = createInstance();

/** Loads the user's language; call it once, before the first render. */
export async function startTranslations(): Promise<void> {
  const language = preferredLanguage(storedLanguage(), window.navigator.languages);
  await translations.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    ns: [NAMESPACE],
    defaultNS: NAMESPACE,
    // Keys are the English texts themselves: they hold dots and colons.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
    resources: { [language]: { [NAMESPACE]: await messagesOf(language) } },
  });
  document.documentElement.lang = language;
}

/** The words that come along, with the administrator's own over them. */
async function messagesOf(language: Language): Promise<Messages> {
  const [catalogue, own] = await Promise.all([CATALOGUES[language](), ownMessages(language)]);
  return { ...catalogue.messages, ...own };
}

/** Switches the language of the whole page at once and remembers it. */
export async function chooseLanguage(language: Language): Promise<void> {
  if (!translations.hasResourceBundle(language, NAMESPACE)) {
    translations.addResourceBundle(language, NAMESPACE, await messagesOf(language));
  }
  await translations.changeLanguage(language);
  document.documentElement.lang = language;
  storeLanguage(language);
}
