import { po } from "gettext-parser";
import { type CatalogueEntry, catalogueMessages, type Messages } from "./catalogue-messages.ts";

/**
 * Turns the text of a `.po` catalogue into i18next messages. Untranslated and fuzzy entries are left out, so the key itself shows.
 * @example poMessages('msgid "Run"\nmsgstr "Запуск"', "ru"); // { Run: "Запуск" }
 * @throws Error when the language has no plural categories here.
 */
export function poMessages(catalogue: string, language: string): Messages {
  const entries = Object.values(po.parse(catalogue).translations).flatMap((byText) => Object.values(byText));
  const translated = entries
    .filter((entry) => entry.msgid !== "" && !entry.comments?.flag?.includes("fuzzy"))
    .map(
      (entry): CatalogueEntry => ({
        text: entry.msgid,
        context: entry.msgctxt ?? null,
        isPlural: entry.msgid_plural !== undefined,
        forms: entry.msgstr,
      }),
    );
  return catalogueMessages(translated, language);
}
