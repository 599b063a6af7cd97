import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
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
    resources: { [language]: { [NAMESPACE]: (await CATALOGUES[language]()).messages } },
  });
  document.documentElement.lang = language;
}

/** Switches the language of the whole page at once and remembers it. */
export async function chooseLanguage(language: Language): Promise<void> {
  if (!translations.hasResourceBundle(language, NAMESPACE)) {
    translations.addResourceBundle(language, NAMESPACE, (await CATALOGUES[language]()).messages);
  }
  await translations.changeLanguage(language);
  document.documentElement.lang = language;
  storeLanguage(language);
}
