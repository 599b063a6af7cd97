/** What i18next reads: message key (with its context and plural suffixes) → text. */
export type Messages = Record<string, string>;

/** A translated text of a catalogue. */
export interface CatalogueEntry {
  readonly text: string;
  readonly context: string | null;
  readonly isPlural: boolean;
  readonly forms: readonly string[];
}

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

/** Turns entries of a catalogue into i18next messages. @throws Error when the language has no plural categories here. */
export function catalogueMessages(entries: readonly CatalogueEntry[], language: string): Messages {
  const categories = PLURAL_CATEGORIES[language];
  if (!categories) throw new Error(`No plural categories for language "${language}": add it to PLURAL_CATEGORIES.`);
  const messages: Messages = {};
  for (const { text, context, isPlural, forms } of entries) {
    const key = context === null ? text : text + SEPARATOR + context;
    addForms(messages, key, isPlural ? categories : null, forms);
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
