import type { UiTranslations } from "@polyflow/contracts/wire";
import { catalogueMessages, type Messages } from "./catalogue-messages.ts";

const LONGEST_WAIT_MS = 2_000;

/** The administrator's own words for a language; none when the server does not answer soon: the page must not wait for them. */
export async function ownMessages(language: string): Promise<Messages> {
  try {
    const response = await fetch(`/ui/translations/${language}`, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
    if (!response.ok) return {};
    const { entries } = (await response.json()) as UiTranslations;
    return catalogueMessages(
      entries.map(({ text, context, is_plural: isPlural, forms }) => ({ text, context, isPlural, forms })),
      language,
    );
  } catch (error) {
    // No answer, or none in time: the words that come along are good ones.
    if (error instanceof TypeError || error instanceof DOMException) return {};
    throw error;
  }
}
