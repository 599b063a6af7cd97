import { Button } from "@mantine/core";
import { IconCloudOff, IconInbox, IconLock, IconMoodPuzzled } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/http.ts";
import classes from "./problem.module.css";

/** What went wrong, in a sentence for the user. */
export function problemText(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return t("The server does not answer. Check the network, or whether Polyflow is running.");
  return error.message;
}

/** An answer that failed, with a way to ask again. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const status = error instanceof ApiError ? error.status : -1;
  const Icon = status === 0 ? IconCloudOff : status === 403 ? IconLock : IconMoodPuzzled;
  const title = status === 404 ? t("Not found") : status === 403 ? t("No access") : t("This could not be loaded");
  return (
    <div className={classes["box"]} role="alert">
      <Icon size={36} stroke={1.4} aria-hidden className={classes["icon"]} />
      <p className={classes["title"]}>{title}</p>
      <p className={classes["text"]}>{problemText(error, t)}</p>
      {retry && (
        <Button variant="default" onClick={retry}>
          {t("Try again")}
        </Button>
      )}
    </div>
  );
}

/** Nothing to show, and why. */
export function Nothing({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes["box"]}>
      <IconInbox size={36} stroke={1.4} aria-hidden className={classes["icon"]} />
      <p className={classes["title"]}>{title}</p>
      {children && <div className={classes["text"]}>{children}</div>}
    </div>
  );
}
