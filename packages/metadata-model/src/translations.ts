import type { MetadataDocument } from "./metadata-document.ts";
import type { DocumentPath } from "./problem.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** Title and description in one language. */
export interface Translation {
  readonly title?: string;
  readonly description?: string;
}

/** By ISO 639 code: `ru`, `en`. */
export type Translations = { readonly [language: string]: Translation };

/** A text, or one for each language (the form of Frictionless for texts in several languages). */
export type LocalText = string | { readonly [language: string]: string };

/** What reads no language takes English, or else the first there is. */
export function plainText(text: LocalText | undefined): string | undefined {
  if (typeof text !== "object") return text;
  return text["en"] ?? Object.values(text)[0];
}

/** Title and description of something whose texts may be in several languages, and what they are in each. */
export function localTexts(raw: { readonly title?: LocalText | undefined; readonly description?: LocalText | undefined }) {
  const { title, description } = raw;
  const languages = [title, description].flatMap((text) => (typeof text === "object" ? Object.keys(text) : []));
  const of = (text: LocalText | undefined, language: string) => (typeof text === "object" ? text[language] : undefined);
  const translations = Object.fromEntries(
    [...new Set(languages)].map((language) => [
      language,
      withoutUndefined({ title: of(title, language), description: of(description, language) }),
    ]),
  );
  return { title: plainText(title), description: plainText(description), translations: orUndefined(translations) };
}

/** `customProperties` of ODCS. */
export type RawCustomProperties = readonly { readonly property?: unknown; readonly value?: unknown }[];

const NAME = /^(businessName|description)\.([a-z]{2,3})$/;

/**
 * ODCS knows one language; its `customProperties` carry the others: `{ property: description.ru, value: … }`, `businessName.ru`.
 * @param at where the object with the customProperties stands
 */
export function customTranslations(
  custom: RawCustomProperties | undefined,
  { document, at }: { readonly document: MetadataDocument; readonly at: DocumentPath },
): Translations | undefined {
  const found: { [language: string]: { title?: string; description?: string } } = {};
  for (const [index, { property, value }] of (Array.isArray(custom) ? custom : []).entries()) {
    const [, key, language] = typeof property === "string" ? (NAME.exec(property) ?? []) : [];
    if (key === undefined || language === undefined) continue;
    if (typeof value !== "string") {
      const path = [...at, "customProperties", index, "value"];
      document.report(path, { message: `\`${String(property)}\` needs a text`, proposal: "write it in quotes" });
      continue;
    }
    found[language] = { ...found[language], [key === "description" ? "description" : "title"]: value };
  }
  return orUndefined(found);
}

function orUndefined(translations: Translations): Translations | undefined {
  return Object.keys(translations).length === 0 ? undefined : translations;
}
