import { UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCircleXFilled } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { CodeProblem } from "../../api/code.ts";
import classes from "./code-page.module.css";

/** What is wrong with the open file; a click leads to the line. */
export function ProblemList({ problems, open }: { problems: readonly CodeProblem[]; open: (line: number) => void }) {
  const { t } = useTranslation();
  if (problems.length === 0) return null;
  return (
    <section className={classes["problems"]} aria-label={t("Problems")} tabIndex={0}>
      <ul>
        {problems.map((problem, index) => (
          <li key={index}>
            <UnstyledButton className={classes["problem"]} onClick={() => problem.line !== null && open(problem.line)}>
              {problem.severity === "error" ? (
                <IconCircleXFilled size={16} aria-label={t("Error")} color="var(--mantine-color-error)" />
              ) : (
                <IconAlertTriangle size={16} aria-label={t("Warning")} />
              )}
              <span className={classes["place"]}>{problem.line === null ? "" : `${problem.line}:${problem.column ?? 1}`}</span>
              <pre>{problem.message}</pre>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}
