import { NumberInput, Progress, Textarea, TextInput, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { changeOne, createOne, type Pool, poolsQuery } from "../../api/admin.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import type { Column } from "../../lists/list-table.tsx";
import { AdminList } from "./admin-list.tsx";

const DEFAULT_POOL = "default_pool";

/** Pools: how much may run at once of what shares something scarce. */
export function PoolsPage() {
  const { t } = useTranslation();
  const columns: readonly Column<Pool>[] = [
    { header: t("Pool"), cell: (pool) => <b>{pool.name}</b> },
    { header: t("In use"), cell: (pool) => <Usage pool={pool} />, fixed: true },
    { header: t("Slots"), cell: (pool) => pool.slots, align: "end" },
    { header: t("Running"), cell: (pool) => pool.running_slots, align: "end" },
    { header: t("Queued"), cell: (pool) => pool.queued_slots, align: "end" },
    { header: t("Waiting"), cell: (pool) => pool.scheduled_slots, align: "end" },
    { header: t("Deferred"), cell: (pool) => pool.deferred_slots, align: "end" },
    { header: t("Description"), cell: (pool) => pool.description, dim: true },
  ];
  return (
    <AdminList
      list="pools"
      resource="Pools"
      title={t("Pools")}
      hint={t("A pool limits how many tasks run at once against something that bears no more, such as a warehouse.")}
      query={poolsQuery}
      columns={columns}
      nameOf={(pool) => pool.name}
      textOf={(pool) => `${pool.name} ${pool.description ?? ""}`}
      empty={{ title: t("No pools"), text: t("Tasks without a pool run in default_pool.") }}
      addLabel={t("New pool")}
      deleteTitle={t("Delete pools")}
      keeps={(pool) => pool.name === DEFAULT_POOL}
      form={(pool, close) => <PoolForm pool={pool} close={close} />}
    />
  );
}

function Usage({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const percent = pool.slots === 0 ? 0 : Math.min(100, (100 * pool.occupied_slots) / pool.slots);
  const label = t("{{used}} of {{slots}} slots in use", { used: pool.occupied_slots, slots: pool.slots });
  return (
    <Tooltip label={label}>
      <Progress value={percent} w={120} color={percent >= 100 ? "orange.8" : "iris"} aria-label={label} />
    </Tooltip>
  );
}

function PoolForm({ pool, close }: { pool: Pool | null; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState(pool?.name ?? "");
  const [slots, setSlots] = useState<string | number>(pool?.slots ?? 8);
  const [description, setDescription] = useState(pool?.description ?? "");
  const body = { slots: Number(slots), description: description.trim() || null };
  const save = async () => {
    await (pool === null ? createOne("pools", { name: name.trim(), ...body }) : changeOne("pools", pool.name, body));
    await client.invalidateQueries({ queryKey: ["pools"] });
  };
  return (
    <EditDialog
      title={pool === null ? t("New pool") : t("Pool {{name}}", { name: pool.name })}
      close={close}
      save={name.trim() === "" || slots === "" ? undefined : save}
      submit={t("Save")}
    >
      {pool === null && (
        <TextInput label={t("Name")} required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      )}
      <NumberInput
        label={t("Slots")}
        description={t("With 0 nothing of the pool starts.")}
        required
        min={0}
        allowDecimal={false}
        value={slots}
        onChange={setSlots}
      />
      <Textarea
        label={t("Description")}
        autosize
        minRows={2}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </EditDialog>
  );
}
