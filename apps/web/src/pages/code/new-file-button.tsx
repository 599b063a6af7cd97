import { Button, TextInput } from "@mantine/core";
import { IconFilePlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { saveFile } from "../../api/code.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import { newFileText } from "./new-file-text.ts";

interface NewFileButtonProps {
  readonly project: string;
  readonly created: (path: string) => void;
}

/** Makes a file; a DAG file begins with the smallest process that works. */
export function NewFileButton({ project, created }: NewFileButtonProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const [isOpen, setOpen] = useState(false);
  const [path, setPath] = useState("dags/");
  if (!rights.everywhere("create", "DAG Code") || project === "") return null;
  const save = async () => {
    await saveFile({ project, path, content: newFileText(path), expected: null, force: true });
    await client.invalidateQueries({ queryKey: ["code", "tree", project] });
    created(path);
  };
  return (
    <>
      <Button leftSection={<IconFilePlus size={16} />} onClick={() => setOpen(true)}>
        {t("New file")}
      </Button>
      {isOpen && (
        <EditDialog title={t("New file")} close={() => setOpen(false)} save={/[^/]$/.test(path) ? save : undefined} submit={t("Create")}>
          <TextInput
            label={t("Path")}
            description={t("From the project's folder on, for example dags/orders.ts")}
            value={path}
            onChange={(event) => setPath(event.currentTarget.value)}
            data-autofocus
          />
        </EditDialog>
      )}
    </>
  );
}
