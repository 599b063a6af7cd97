import { CloseButton } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./lists.module.css";
import type { Selection } from "./use-selection.ts";

/** What can be done with the ticked rows; floats at the bottom while there are any. */
export function SelectionBar({ selection, children }: { readonly selection: Selection; readonly children: ReactNode }) {
  const { t } = useTranslation();
  if (selection.keys.size === 0) return null;
  return (
    <div className={classes["bar"]} role="toolbar" aria-label={t("Selected rows")}>
      <b>{t("{{count}} selected", { count: selection.keys.size })}</b>
      {children}
      <CloseButton aria-label={t("Drop the selection")} onClick={() => selection.set([])} />
    </div>
  );
}
