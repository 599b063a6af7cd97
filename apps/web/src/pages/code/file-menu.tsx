import { ActionIcon, Menu, TextInput } from "@mantine/core";
import { IconDotsVertical, IconPencil, IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { deleteFile, type FileAddress, moveFile } from "../../api/code.ts";
import type { OpenFile } from "../../code-editor/use-open-file.ts";
import { ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { EditDialog } from "../../lists/edit-dialog.tsx";

interface FileMenuProps {
  readonly address: FileAddress;
  readonly file: OpenFile;
  readonly moved: (path: string | undefined) => void;
}

/** Renaming and deleting the open file, for those who may. */
export function FileMenu({ address, file, moved }: FileMenuProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const [opened, open] = useState<"rename" | "delete" | null>(null);
  const [name, setName] = useState(address.path);
  if (!rights.everywhere("delete", "DAG Code")) return null;
  const close = () => open(null);
  const done = async (path: string | undefined) => {
    await client.invalidateQueries({ queryKey: ["code"] });
    moved(path);
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t("More actions")}>
            <IconDotsVertical size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} />} disabled={file.isDirty} onClick={() => open("rename")}>
            {t("Rename")}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={15} />} color="red.8" onClick={() => open("delete")}>
            {t("Delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {opened === "rename" && (
        <EditDialog
          title={t("Rename {{name}}", { name: address.path })}
          close={close}
          save={
            name === "" || name === address.path ? undefined : () => moveFile(address.project, address.path, name).then(() => done(name))
          }
          submit={t("Rename")}
        >
          <TextInput label={t("New path")} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        </EditDialog>
      )}
      {opened === "delete" && (
        <ConfirmDialog
          asked={{
            title: t("Delete the file"),
            text: t("Processes that it describes become inactive; their history stays."),
            names: [address.path],
            confirm: t("Delete"),
            danger: true,
            run: () => deleteFile(address, file.hash ?? "").then(() => done(undefined)),
          }}
          close={close}
        />
      )}
    </>
  );
}
