import { po } from "gettext-parser";

/** What i18next reads: message key (with its context and plural suffixes) → text. */
export type Messages = Record<string, string>;

/** i18next joins key, context and plural category with this; a msgid may hold it too, since lookups are by whole key. */
const SEPARATOR = "_";

/**
 * Gettext orders plural forms by number; i18next names them by CLDR category. The samples give each form its category, so that
 * `Plural-Forms` of the language (one, few, many for Russian) and the browser's plural rules agree.
 */
const PLURAL_CATEGORIES: Readonly<Record<string, readonly Intl.LDMLPluralRule[]>> = {
  en: ["one", "other"],
  ru: ["one", "few", "many"],
};

/**
 * Turns the text of a `.po` catalogue into i18next messages. Untranslated and fuzzy entries are left out, so the key itself shows.
 * @example poMessages('msgid "Run"\nmsgstr "Запуск"', "ru"); // { Run: "Запуск" }
 * @throws Error when the language has no plural categories here.
 */
export function poMessages(catalogue: string, language: string): Messages {
  const categories = PLURAL_CATEGORIES[language];
  if (!categories) throw new Error(`No plural categories for language "${language}": add it to PLURAL_CATEGORIES.`);
  const messages: Messages = {};
  for (const entries of Object.values(po.parse(catalogue).translations)) {
    for (const entry of Object.values(entries)) {
      if (entry.msgid === "" || entry.comments?.flag?.includes("fuzzy")) continue;
      const key = entry.msgctxt ? entry.msgid + SEPARATOR + entry.msgctxt : entry.msgid;
      addForms(messages, key, entry.msgid_plural === undefined ? null : categories, entry.msgstr);
    }
  }
  return messages;
}

function addForms(messages: Messages, key: string, categories: readonly string[] | null, forms: readonly string[]): void {
  if (categories === null) {
    if (forms[0]) messages[key] = forms[0];
    return;
  }
  categories.forEach((category, index) => {
    const text = forms[index];
    if (text) messages[key + SEPARATOR + category] = text;
  });
  // Fractions fall into "other" in every language; Russian reads them with the form after "one" ("1,5 строки").
  const fraction = forms[1];
  if (fraction) messages[`${key}${SEPARATOR}other`] ??= fraction;
}
