import { Skeleton } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Nothing, Problem } from "../ui/problem.tsx";
import classes from "./page-states.module.css";

export function PageLoading() {
  const { t } = useTranslation();
  return (
    <div className={classes["loading"]} role="status" aria-label={t("Loading…")}>
      <Skeleton height={28} width={260} />
      <Skeleton height={40} />
      <Skeleton height={320} />
    </div>
  );
}

export function PageFailure({ error, reset }: ErrorComponentProps) {
  return <Problem error={error} retry={reset} />;
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main>
      <Nothing title={t("There is no such page")}>
        <Link to="/dags">{t("To the list of processes")}</Link>
      </Nothing>
    </main>
  );
}
