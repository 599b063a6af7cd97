import { msgid } from "../../i18n/msgid.ts";

const REASONS: Readonly<Record<string, string>> = {
  "already exists": msgid("has run already"),
  "in flight": msgid("runs just now"),
  cancelled: msgid("cancelled"),
};

/** Why a date gets no run, as a text of the catalogue. */
export function skipReason(reason: string): string {
  return REASONS[reason] ?? reason;
}
