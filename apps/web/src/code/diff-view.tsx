import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import classes from "./code-view.module.css";
import { lineDiff } from "./line-diff.ts";

const SIGNS = { same: " ", added: "+", removed: "-" } as const;

/** What one text has and the other has not, line by line. */
export function DiffView({ before, after, label }: { before: string; after: string; label: string }) {
  const { t } = useTranslation();
  const lines = useMemo(() => lineDiff(before, after), [before, after]);
  const changed = lines.filter((line) => line.kind !== "same").length;
  return (
    <>
      <p className={classes["changes"]}>
        {changed === 0 ? t("The text is the same in both versions.") : t("{{count}} line changed", { count: changed })}
      </p>
      <section className={classes["code"]} tabIndex={0} aria-label={label}>
        <pre>
          <code>
            {lines.map((line, index) => (
              <span key={index} className={classes["diff"]} data-kind={line.kind}>
                <span className={classes["number"]} aria-hidden>
                  {line.before ?? ""}
                </span>
                <span className={classes["number"]} aria-hidden>
                  {line.after ?? ""}
                </span>
                {`${SIGNS[line.kind]} ${line.text}\n`}
              </span>
            ))}
          </code>
        </pre>
      </section>
    </>
  );
}
