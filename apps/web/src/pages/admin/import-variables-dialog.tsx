import { Alert, FileInput, Radio, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type BulkOutcome, createMany, type Existing } from "../../api/admin.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import { notifyDone } from "../../ui/notify.ts";
import classes from "./admin.module.css";
import { FileProblem, variablesFromFile } from "./variables-file.ts";

/** Takes variables from a file and says what became of each that was not taken. */
export function ImportVariablesDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [existing, setExisting] = useState<Existing>("overwrite");
  const [outcome, setOutcome] = useState<BulkOutcome | null>(null);
  const save = async (chosen: File) => {
    const answer = await createMany("variables", await read(chosen), existing);
    await client.invalidateQueries({ queryKey: ["variables"] });
    if (answer.errors.length > 0) {
      setOutcome(answer);
      throw new Error(t("{{count}} variable was not taken", { count: answer.errors.length }));
    }
    notifyDone(t("{{count}} variable imported", { count: answer.success.length }));
  };
  const read = async (chosen: File) => {
    try {
      return variablesFromFile(await chosen.text());
    } catch (error) {
      if (error instanceof FileProblem) throw new Error(t("The file holds no object of keys and values."), { cause: error });
      if (error instanceof SyntaxError)
        throw new Error(t("The file is no JSON: {{message}}", { message: error.message }), { cause: error });
      throw error;
    }
  };
  return (
    <EditDialog title={t("Import variables")} close={close} save={file === null ? undefined : () => save(file)} submit={t("Import")}>
      <FileInput
        label={t("File")}
        description={t("JSON as an export gives it, of Polyflow or Airflow.")}
        placeholder={t("Choose a file")}
        accept="application/json,.json"
        value={file}
        onChange={setFile}
        required
      />
      <Radio.Group
        label={t("Variables that exist already")}
        value={existing}
        onChange={(value) => setExisting(value === "skip" || value === "fail" ? value : "overwrite")}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="overwrite" label={t("take the value of the file")} />
          <Radio value="skip" label={t("leave them as they are")} />
          <Radio value="fail" label={t("import nothing when there is one")} />
        </Stack>
      </Radio.Group>
      {outcome && (
        <Alert color="orange" variant="light">
          <ul className={classes["outcome"]}>
            {outcome.errors.map(({ name, error }) => (
              <li key={name}>{`${name}: ${error}`}</li>
            ))}
          </ul>
        </Alert>
      )}
    </EditDialog>
  );
}
