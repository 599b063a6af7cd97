import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type DataReject, fixReject } from "../../api/data.ts";
import { useRejectWords } from "../../data/use-reject-words.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import lists from "../../lists/lists.module.css";

/** The record of a reject, field by field, to be corrected; it then waits to be loaded. */
export function RejectDialog({ reject, close }: { reject: DataReject; close: () => void }) {
  const { t } = useTranslation();
  const { reasonOf } = useRejectWords();
  const client = useQueryClient();
  const before = reject.record ?? {};
  const [values, setValues] = useState<{ readonly [field: string]: string | null }>(before);
  const changed = Object.fromEntries(Object.entries(values).filter(([field, value]) => value !== (before[field] ?? null)));
  const save = async () => {
    await fixReject(reject.reject_id, changed);
    await client.invalidateQueries({ queryKey: ["data", "rejects"] });
  };
  return (
    <EditDialog
      title={t("Correct row {{row}} of {{file}}", { row: reject.row, file: reject.file })}
      close={close}
      save={Object.keys(changed).length === 0 ? undefined : save}
      submit={t("Save")}
      size="lg"
    >
      <p className={lists["hint"]}>{t("Loading the corrected rows is a step of its own, so that several can be corrected first.")}</p>
      {Object.keys(before).map((field) => (
        <TextInput
          key={field}
          label={field}
          classNames={{ input: "pf-mono" }}
          value={values[field] ?? ""}
          placeholder={t("empty")}
          error={field === reject.column && values[field] === (before[field] ?? null) ? reasonOf(reject.reason) : undefined}
          onChange={(event) => setValues({ ...values, [field]: event.currentTarget.value === "" ? null : event.currentTarget.value })}
        />
      ))}
    </EditDialog>
  );
}
