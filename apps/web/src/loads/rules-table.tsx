import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { LoadReport } from "../api/runs.ts";
import { useFormat } from "../format/format-provider.tsx";
import { msgid } from "../i18n/msgid.ts";
import table from "../ui/table.module.css";
import badge from "../state/state.module.css";
import classes from "./load-card.module.css";

const STATUS = {
  passed: { label: msgid("Passed"), state: "success", Icon: IconCircleCheckFilled },
  warned: { label: msgid("Warning"), state: "up_for_retry", Icon: IconAlertTriangleFilled },
  failed: { label: msgid("Not passed"), state: "failed", Icon: IconCircleXFilled },
} as const;

/** Results of the quality rules: what was expected, what was found. */
export function RulesTable({ rules }: { rules: LoadReport["rules"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section>
      <h3 className={classes["subtitle"]}>{t("Quality rules")}</h3>
      <div className={classes["scroll"]}>
        <table className={table["table"]}>
          <thead>
            <tr>
              <th scope="col">{t("Result")}</th>
              <th scope="col">{t("Rule")}</th>
              <th scope="col">{t("Column")}</th>
              <th scope="col">{t("Expected")}</th>
              <th scope="col">{t("Found")}</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => {
              const { label, state, Icon } = STATUS[rule.status];
              return (
                <tr key={`${rule.name} ${rule.column ?? ""}`}>
                  <td>
                    <span className={badge["badge"]} data-state={state}>
                      <Icon size={15} aria-hidden />
                      {t(label)}
                    </span>
                  </td>
                  <td>
                    {rule.name} <span className={table["dim"]}>{rule.metric}</span>
                  </td>
                  <td className="pf-mono">{rule.column ?? "—"}</td>
                  <td>{rule.expected}</td>
                  <td>
                    {rule.unit === "percent"
                      ? t("{{share}} %", { share: format.number(rule.actual) })
                      : t("{{formatted}} row", { count: rule.actual, formatted: format.number(rule.actual) })}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
