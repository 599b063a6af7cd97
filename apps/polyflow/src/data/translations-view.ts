import type { UiDataTranslations } from "@polyflow/contracts/wire";
import type { Translations } from "@polyflow/metadata-model";

/** Texts of the metadata in other languages, as the interface gets them. */
export function translationsView(translations: Translations = {}): UiDataTranslations {
  return Object.fromEntries(
    Object.entries(translations).map(([language, { title = null, description = null }]) => [language, { title, description }]),
  );
}
