import { rejectReasonIn } from "@polyflow/contracts";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** Name of the column where a whole record was refused. */
const WHOLE_RECORD = "*";

/** What is said of a reject, in the language of the interface. */
export function useRejectWords() {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const reasonOf = useCallback((reason: string) => rejectReasonIn(language, reason), [language]);
  const columnOf = useCallback((column: string) => (column === WHOLE_RECORD ? t("whole row") : column), [t]);
  return { reasonOf, columnOf };
}
