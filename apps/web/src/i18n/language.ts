/** Languages of the interface. */
export const LANGUAGES = ["ru", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language under its own name, the same in every language. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { ru: "Русский", en: "English" };

const STORAGE_KEY = "polyflow.language";

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/**
 * The language to start with: what the user chose before, else the first of the browser's languages that exists, else English.
 * @example preferredLanguage(null, ["ru-RU", "en"]); // "ru"
 */
export function preferredLanguage(stored: string | null, browserLanguages: readonly string[]): Language {
  if (isLanguage(stored)) return stored;
  const wanted = browserLanguages.map((tag) => tag.split("-")[0]).find(isLanguage);
  return wanted ?? "en";
}

export function storedLanguage(): string | null {
  return window.localStorage.getItem(STORAGE_KEY);
}

export function storeLanguage(language: Language): void {
  window.localStorage.setItem(STORAGE_KEY, language);
}
