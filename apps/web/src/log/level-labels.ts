import type { LogLevel } from "@polyflow/contracts";
import { msgid } from "../i18n/msgid.ts";

/** Names of levels in the words of the interface. */
export const LEVEL_LABELS: Readonly<Record<LogLevel, string>> = {
  debug: msgid("debug"),
  info: msgid("info"),
  warning: msgid("warning"),
  error: msgid("error"),
  critical: msgid("critical"),
};
