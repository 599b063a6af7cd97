import { Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeXCom, type InstanceAddress } from "../api/xcoms.ts";
import { EditDialog } from "../lists/edit-dialog.tsx";

interface XComFormProps {
  readonly address: InstanceAddress;
  readonly name: string;
  readonly value: unknown;
  readonly close: () => void;
  readonly saved: () => Promise<unknown>;
}

/** A handed-on value as JSON. What is no JSON cannot be saved, so that a text never becomes a number by oversight. */
export function XComForm({ address, name, value, close, saved }: XComFormProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const parsed = parse(text);
  const save = async () => {
    await changeXCom(address, name, parsed?.value);
    await saved();
  };
  return (
    <EditDialog
      title={t("Edit {{name}}", { name })}
      close={close}
      save={parsed === undefined ? undefined : save}
      submit={t("Save")}
      size="lg"
    >
      <Textarea
        label={t("Value (JSON)")}
        description={t("Tasks that run from now on take the new value. Who changed it is in the audit log.")}
        autosize
        minRows={4}
        maxRows={24}
        spellCheck={false}
        data-autofocus
        classNames={{ input: "pf-mono" }}
        value={text}
        error={parsed === undefined ? t("JSON is needed; texts stand in quotes") : null}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </EditDialog>
  );
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // It is being typed.
    return undefined;
  }
}
