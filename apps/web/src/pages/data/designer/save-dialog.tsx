import { Alert, Button, Checkbox, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../api/http.ts";
import { lookAtLayout, saveLayout } from "../../../api/layouts.ts";
import lists from "../../../lists/lists.module.css";
import { problemText } from "../../../ui/problem.tsx";
import classes from "./designer.module.css";
import type { Designer } from "./use-designer.ts";

interface SaveDialogProps {
  readonly designer: Designer;
  readonly close: () => void;
  readonly saved: (files: readonly string[]) => void;
}

/** Says what is written, asks before anything is replaced, and saves all of it or nothing. */
export function SaveDialog({ designer, close, saved }: SaveDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { design, draft, look } = designer;
  const seen = look.data;
  const [isSure, setSure] = useState(false);
  const isUpload = design?.file.place === "upload" && design.address === undefined;
  const [keeps, setKeeps] = useState(isUpload);
  const files = seen === undefined ? [] : filesOf(seen);
  const replaced = files.filter(({ expected }) => expected !== null);
  const save = useMutation({
    mutationFn: async () => {
      if (design === undefined || draft === undefined) return [];
      const path = draft.layout.path ?? "";
      const keep = isUpload && keeps ? { upload: design.file.path, path, replace: isSure } : undefined;
      await saveLayout({ project: design.project, files, keep });
      // what is there now is what the next save has to know
      await lookAtLayout({ project: design.project, file: design.file, source: draft.layout.name });
      return files.map(({ file }) => file);
    },
    onSuccess: (written) => {
      void client.invalidateQueries({ queryKey: ["data"] });
      void client.invalidateQueries({ queryKey: ["layouts"] });
      saved(written);
    },
  });
  const isConflict = save.error instanceof ApiError && save.error.code === "code_conflict";
  return (
    <Modal opened onClose={close} title={t("Save the description")} closeButtonProps={{ "aria-label": t("Close") }} size="lg">
      <Stack gap="md">
        <ul className={lists["names"]}>
          {files.map(({ file, expected }) => (
            <li key={file}>
              {file} — {expected === null ? t("new") : t("replaced")}
            </li>
          ))}
        </ul>
        {isUpload && (
          <Checkbox
            label={t("Put the uploaded file into {{path}}", { path: `source/${draft?.layout.path ?? ""}` })}
            checked={keeps}
            onChange={(event) => setKeeps(event.currentTarget.checked)}
          />
        )}
        {(replaced.length > 0 || isConflict) && (
          <Checkbox
            label={t("Replace what is there")}
            checked={isSure}
            onChange={(event) => setSure(event.currentTarget.checked)}
            data-autofocus
          />
        )}
        {save.error && (
          <Alert color="red" variant="light" role="alert" className={classes["message"]}>
            {problemText(save.error, t)}
          </Alert>
        )}
        <Group justify="end">
          <Button variant="default" onClick={close}>
            {t("Cancel")}
          </Button>
          <Button onClick={() => save.mutate()} loading={save.isPending} disabled={replaced.length > 0 && !isSure}>
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function filesOf(seen: NonNullable<Designer["look"]["data"]>) {
  const taken = new Map(seen.taken.map(({ file, hash }) => [file, hash]));
  const source = {
    file: seen.existing?.file ?? `metadata/sources/${seen.layout.name}.yaml`,
    text: seen.text,
    expected: seen.existing?.hash ?? null,
  };
  const others = seen.target === null ? [] : [seen.target.entity, seen.target.flow];
  return [source, ...others.map((one) => ({ ...one, expected: taken.get(one.file) ?? null }))];
}
