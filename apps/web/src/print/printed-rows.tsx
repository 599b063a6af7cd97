import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { MOST_PRINTED } from "./printing.ts";

/** On paper alone: says that a table has more rows than were printed. */
export function PrintedRows({ count, last = false }: { count: number; last?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (count <= MOST_PRINTED) return null;
  const numbers = { shown: format.number(MOST_PRINTED), all: format.number(count) };
  return (
    <p className="pf-print-only">
      {last ? t("Printed: the last {{shown}} of {{all}} lines", numbers) : t("Printed: the first {{shown}} of {{all}} rows", numbers)}
    </p>
  );
}
