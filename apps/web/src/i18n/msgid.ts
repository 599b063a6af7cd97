/**
 * Marks a text for the catalogue where it cannot be translated yet (tables of labels). Translate it later: `t(LABELS[state])`.
 * @example const LABELS = { success: msgid("Success") };
 */
export function msgid(text: string): string {
  return text;
}
