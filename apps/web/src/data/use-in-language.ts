import type { UiDataTranslations } from "@polyflow/contracts/wire";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

export interface Described {
  readonly title?: string | null;
  readonly description: string | null;
  readonly translations: UiDataTranslations;
}

/** Title and description of something in the catalogue as the language of the interface has them, otherwise as they are. */
export function inLanguage<Thing extends Described>(thing: Thing, language: string): Thing {
  const texts = thing.translations[language];
  if (texts === undefined) return thing;
  return { ...thing, title: texts.title ?? thing.title, description: texts.description ?? thing.description };
}

/** @returns puts texts of the catalogue into the language of the interface */
export function useInLanguage(): <Thing extends Described>(thing: Thing) => Thing {
  const { language } = useTranslation().i18n;
  return useCallback((thing) => inLanguage(thing, language), [language]);
}

/** All texts of something in all languages, for a search. */
export function textsOf({ title, description, translations }: Described): readonly string[] {
  const others = Object.values(translations).flatMap((texts) => [texts.title, texts.description]);
  return [title, description, ...others].filter((text) => text !== null && text !== undefined);
}
