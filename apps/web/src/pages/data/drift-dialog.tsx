import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { acceptDrift, dismissDrift, type DriftRow } from "../../api/data.ts";
import { Difference } from "../../data/difference.tsx";
import { ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { notify } from "../../ui/notify.ts";

const EXAMPLE = "numeric";

export interface DriftDecision {
  readonly drift: DriftRow;
  readonly way: "accept" | "dismiss";
}

/** Says what a decision changes, and makes it. */
export function DriftDialog({ asked: { drift, way }, close }: { asked: DriftDecision; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const needsType = way === "accept" && drift.kind === "type_changed";
  const [type, setType] = useState(drift.action === "type_widened" ? (drift.after ?? "") : "");
  const decide = async () => {
    const { files, statements } =
      way === "accept"
        ? await acceptDrift(drift.drift_id, needsType && type !== "" ? type : undefined)
        : await dismissDrift(drift.drift_id);
    await client.invalidateQueries({ queryKey: ["data"] });
    notify({
      title: way === "accept" ? t("Accepted: {{name}}", { name: drift.column }) : t("Dismissed: {{name}}", { name: drift.column }),
      message: [...files, ...statements].join("\n"),
      style: { whiteSpace: "pre-wrap" },
    });
  };
  const accepting = {
    title: t("Make this difference the rule?"),
    text: t(
      "The description of source, table and flow is changed, and the table where that is needed. The next load finds nothing unexpected.",
    ),
    confirm: t("Accept"),
  };
  const dismissing = {
    title: t("Dismiss this difference?"),
    text: t("Nothing is changed. The next load that meets it lists it anew."),
    confirm: t("Dismiss"),
  };
  return (
    <ConfirmDialog
      asked={{ ...(way === "accept" ? accepting : dismissing), names: [`${drift.target} · ${drift.column}`], run: decide }}
      close={close}
    >
      <Difference drift={drift} />
      {needsType && (
        <TextInput
          label={t("Type of the column from now on")}
          placeholder={EXAMPLE}
          classNames={{ input: "pf-mono" }}
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
        />
      )}
    </ConfirmDialog>
  );
}
