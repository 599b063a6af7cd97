import { Button, Group, Skeleton } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../access/use-rights.ts";
import { deleteXCom, type InstanceAddress, xcomValueQuery } from "../api/xcoms.ts";
import { type Confirmation, ConfirmDialog } from "../lists/confirm-dialog.tsx";
import { JsonText } from "../ui/facts.tsx";
import { Problem } from "../ui/problem.tsx";
import { XComForm } from "./xcom-form.tsx";

interface XComValueProps {
  readonly address: InstanceAddress;
  readonly name: string;
  /** Is told when the value is gone. */
  readonly deleted?: () => void;
}

/** What a task handed on under a key; those with the right change or delete it. */
export function XComValue({ address, name, deleted }: XComValueProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const value = useQuery(xcomValueQuery(address, name));
  const [isEdited, setEdited] = useState(false);
  const [asked, ask] = useState<Confirmation | null>(null);
  if (value.error && !value.data) return <Problem error={value.error} retry={() => void value.refetch()} />;
  if (!value.data) return <Skeleton height={60} />;
  const changed = () =>
    Promise.all([client.invalidateQueries({ queryKey: ["xcom"] }), client.invalidateQueries({ queryKey: ["browse", "xcoms"] })]);
  const remove = () =>
    ask({
      title: t("Delete the value"),
      text: t("Tasks that run later in this run find nothing under this key. This cannot be undone."),
      names: [`${address.dagId} · ${address.taskId} · ${name}`],
      confirm: t("Delete"),
      danger: true,
      run: async () => {
        await deleteXCom(address, name);
        await changed();
        deleted?.();
      },
    });
  return (
    <>
      <JsonText value={value.data.value} />
      <Group gap="xs" mt="sm">
        {rights.somewhere("edit", "XComs") && (
          <Button size="compact-xs" variant="default" leftSection={<IconPencil size={14} aria-hidden />} onClick={() => setEdited(true)}>
            {t("Edit {{name}}", { name })}
          </Button>
        )}
        {rights.somewhere("delete", "XComs") && (
          <Button size="compact-xs" variant="default" leftSection={<IconTrash size={14} aria-hidden />} onClick={remove}>
            {t("Delete {{name}}", { name })}
          </Button>
        )}
      </Group>
      {isEdited && <XComForm address={address} name={name} value={value.data.value} close={() => setEdited(false)} saved={changed} />}
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
    </>
  );
}
