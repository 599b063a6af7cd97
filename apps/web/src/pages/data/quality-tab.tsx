import type { UiDataEntity } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import type { DataRule } from "../../api/data.ts";
import classes from "../../data/data.module.css";
import { HistoryBars } from "../../data/history-bars.tsx";
import { QualityBadge } from "../../data/quality-badge.tsx";
import { expectedWords, metricWords } from "../../data/rule-words.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { msgid } from "../../i18n/msgid.ts";
import { ListTable } from "../../lists/list-table.tsx";
import { Nothing } from "../../ui/problem.tsx";

const STATES = { passed: "success", warned: "up_for_retry", failed: "failed" } as const;
const SEVERITIES = { error: msgid("stops the load"), warning: msgid("warns") } as const;

/** Quality rules with what they measured, load by load (B6). */
export function QualityTab({ entity }: { entity: UiDataEntity }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (entity.rules.length === 0)
    return (
      <Nothing title={t("No quality rules")}>{t("Rules stand under {{section}} in the entity's file.", { section: "quality" })}</Nothing>
    );
  return (
    <ListTable<DataRule>
      label={t("Quality rules")}
      rows={entity.rules}
      keyOf={(rule) => rule.name}
      columns={[
        {
          header: t("Result"),
          cell: ({ results: [last] }) => (last === undefined ? "—" : <QualityBadge status={last.status} />),
          fixed: true,
        },
        { header: t("Rule"), cell: (rule) => <Name rule={rule} /> },
        { header: t("Column"), cell: (rule) => <span className="pf-mono">{rule.column ?? "—"}</span> },
        { header: t("Severity"), cell: (rule) => t(SEVERITIES[rule.severity]), fixed: true },
        { header: t("Expected"), cell: ({ results: [last] }) => (last === undefined ? "—" : expectedWords(last.expected, t)) },
        { header: t("Found"), cell: ({ results: [last] }) => (last === undefined ? "—" : format.number(last.actual)), align: "end" },
        {
          header: t("History"),
          cell: (rule) => (
            <HistoryBars
              label={t("History of {{name}}", { name: rule.name })}
              bars={rule.results.toReversed().map((result) => ({
                key: `${result.load_id} ${result.at}`,
                value: result.actual,
                state: STATES[result.status],
                label: `${format.shortInstant(result.at)}: ${format.number(result.actual)}`,
              }))}
            />
          ),
        },
      ]}
    />
  );
}

function Name({ rule }: { rule: DataRule }) {
  const { t } = useTranslation();
  return (
    <span className={classes["name"]}>
      <b>{rule.name}</b>
      <span className={classes["dim"]}>{rule.description ?? metricWords(rule.metric, t)}</span>
    </span>
  );
}
