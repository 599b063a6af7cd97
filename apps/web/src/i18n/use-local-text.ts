import { useTranslation } from "react-i18next";

/** A text that comes from the server in the languages of the interface. */
interface LocalText {
  readonly en: string;
  readonly ru: string;
}

/** Picks the reader's language. @example local(type.title) */
export function useLocalText(): (text: LocalText) => string {
  const { i18n } = useTranslation();
  return ({ en, ru }) => (i18n.language === "ru" ? ru : en);
}
