import { Button, Textarea, TextInput } from "@mantine/core";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { changeOne, createOne, type Variable, variablesQuery } from "../../api/admin.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import type { Column } from "../../lists/list-table.tsx";
import { download } from "../../ui/download.ts";
import classes from "./admin.module.css";
import { AdminList } from "./admin-list.tsx";
import { ImportVariablesDialog } from "./import-variables-dialog.tsx";
import { variablesToFile } from "./variables-file.ts";

/** Variables that tasks read; values that look like secrets never come out again. */
export function VariablesPage() {
  const { t } = useTranslation();
  const rights = useRights();
  const { data } = useQuery(variablesQuery);
  const [importing, setImporting] = useState(false);
  const columns: readonly Column<Variable>[] = [
    { header: t("Key"), cell: (variable) => <b className="pf-mono">{variable.key}</b> },
    { header: t("Value"), cell: (variable) => <code className={classes["value"]}>{variable.value}</code> },
    { header: t("Description"), cell: (variable) => variable.description, dim: true },
  ];
  return (
    <>
      <AdminList
        list="variables"
        resource="Variables"
        title={t("Variables")}
        hint={t("All values are encrypted at rest. Those whose name says that they are secret are never shown again.")}
        query={variablesQuery}
        columns={columns}
        nameOf={(variable) => variable.key}
        textOf={(variable) => `${variable.key} ${variable.value} ${variable.description ?? ""}`}
        empty={{ title: t("No variables yet"), text: t("Tasks read them by their key.") }}
        addLabel={t("New variable")}
        deleteTitle={t("Delete variables")}
        form={(variable, close) => <VariableForm variable={variable} close={close} />}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconDownload size={16} />}
              disabled={!data || data.length === 0}
              onClick={() => download("variables.json", variablesToFile(data ?? []), "application/json")}
            >
              {t("Export")}
            </Button>
            {rights.everywhere("create", "Variables") && rights.everywhere("edit", "Variables") && (
              <Button variant="default" leftSection={<IconUpload size={16} />} onClick={() => setImporting(true)}>
                {t("Import")}
              </Button>
            )}
          </>
        }
      />
      {importing && <ImportVariablesDialog close={() => setImporting(false)} />}
    </>
  );
}

function VariableForm({ variable, close }: { variable: Variable | null; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [key, setKey] = useState(variable?.key ?? "");
  const [value, setValue] = useState(variable?.value ?? "");
  const [description, setDescription] = useState(variable?.description ?? "");
  const save = async () => {
    const body = { key: key.trim(), value, description: description.trim() || null };
    await (variable === null ? createOne("variables", body) : changeOne("variables", variable.key, body));
    await client.invalidateQueries({ queryKey: ["variables"] });
  };
  return (
    <EditDialog
      title={variable === null ? t("New variable") : t("Variable {{name}}", { name: variable.key })}
      close={close}
      save={key.trim() === "" ? undefined : save}
      submit={t("Save")}
      size="lg"
    >
      {variable === null && (
        <TextInput label={t("Key")} required value={key} onChange={(event) => setKey(event.currentTarget.value)} data-autofocus />
      )}
      <Textarea
        label={t("Value")}
        description={t("Text or JSON. What shows as *** stays as it is unless you change it.")}
        autosize
        minRows={3}
        maxRows={14}
        classNames={{ input: "pf-mono" }}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <TextInput label={t("Description")} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
    </EditDialog>
  );
}
