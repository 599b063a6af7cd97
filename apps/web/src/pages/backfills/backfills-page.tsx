import { ActionIcon, Button, Progress, Tooltip } from "@mantine/core";
import { IconListDetails, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type Backfill, backfillsQuery, steerBackfill } from "../../api/backfills.ts";
import { useFormat } from "../../format/format-provider.tsx";
import { type Confirmation, ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { ProcessLink } from "../../lists/links.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { notifyProblem } from "../../ui/notify.ts";
import { When } from "../../ui/when.tsx";
import { BackfillDatesDialog } from "./backfill-dates-dialog.tsx";
import { BackfillForm } from "./backfill-form.tsx";

/** Stands in the address for "a new one". */
const NEW = "+";

/** Backfills of all processes: progress, pause, cancel, and a new one. */
export function BackfillsPage() {
  const { t } = useTranslation();
  const rights = useRights();
  const { search, change } = useListSearch();
  const query = useQuery(backfillsQuery(search.dag));
  const [shown, show] = useState<Backfill | null>(null);
  const rows = query.data?.backfills;
  const close = () => change({ edit: undefined });
  return (
    <ListPage
      title={t("Backfills")}
      hint={t("Runs of a process for dates that have passed: those that are missing, or once more.")}
      actions={
        rights.somewhere("create", "Backfills") && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => change({ edit: NEW })}>
            {t("New backfill")}
          </Button>
        )
      }
    >
      <ListFilters search={{ dag: search.dag }} change={change}>
        <TextFilter name="dag" label={t("Process")} search={search} change={change} />
      </ListFilters>
      <ListBody query={query} count={rows?.length} narrowed={isNarrowed({ dag: search.dag })} empty={{ title: t("No backfills yet") }}>
        <ListTable
          label={t("Backfills")}
          columns={useBackfillColumns()}
          rows={rows ?? []}
          keyOf={(backfill) => String(backfill.id)}
          actions={(backfill) => <BackfillButtons backfill={backfill} show={show} />}
        />
      </ListBody>
      {shown && <BackfillDatesDialog backfill={shown} close={() => show(null)} />}
      {search.edit === NEW && <BackfillForm dagId={search.dag} close={close} />}
    </ListPage>
  );
}

function useBackfillColumns(): readonly Column<Backfill>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return [
    { header: t("Process"), cell: (backfill) => <ProcessLink dagId={backfill.dag_id} /> },
    {
      header: t("Dates"),
      cell: (backfill) => `${format.shortInstant(backfill.from_date)} – ${format.shortInstant(backfill.to_date)}`,
      fixed: true,
    },
    { header: t("Progress"), cell: (backfill) => <BackfillProgress backfill={backfill} />, fixed: true },
    { header: t("At once"), cell: (backfill) => backfill.max_active_runs, align: "end" },
    { header: t("By"), cell: (backfill) => backfill.triggering_user_name ?? "—", dim: true },
    { header: t("Created"), cell: (backfill) => <When at={backfill.created_at} />, fixed: true, dim: true },
  ];
}

function BackfillProgress({ backfill }: { backfill: Backfill }) {
  const { t } = useTranslation();
  const { success = 0, failed = 0, running = 0, queued = 0 } = backfill.dag_runs;
  const total = success + failed + running + queued + backfill.pending_dates;
  const share = (count: number) => (total === 0 ? 0 : (100 * count) / total);
  const label = t("{{done}} of {{total}} done, {{failed}} failed", { done: success + failed, total, failed });
  const words = [backfill.completed_at !== null ? t("Completed") : backfill.is_paused ? t("Paused", { context: "backfill" }) : label];
  // Of a cancelled one, what it did not come to.
  if (backfill.completed_at !== null && backfill.skipped_dates > 0)
    words.push(t("{{count}} date is left out", { count: backfill.skipped_dates }));
  return (
    <Tooltip label={label}>
      <div>
        <Progress.Root w={160} aria-label={label}>
          <Progress.Section value={share(success)} color="var(--pf-success)" aria-label={t("Success")} />
          <Progress.Section value={share(failed)} color="var(--pf-failed)" aria-label={t("Failed")} />
          <Progress.Section value={share(running)} color="var(--pf-running)" aria-label={t("Running")} animated />
        </Progress.Root>
        <small>{words.join("; ")}</small>
      </div>
    </Tooltip>
  );
}

function BackfillButtons({ backfill, show }: { backfill: Backfill; show: (backfill: Backfill) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const [asked, ask] = useState<Confirmation | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["backfills"] });
  const steer = useMutation({
    mutationFn: (action: "pause" | "unpause") => steerBackfill(backfill.id, action),
    onError: notifyProblem,
    onSettled: refresh,
  });
  const canSteer = backfill.completed_at === null && rights.somewhere("edit", "Backfills");
  const pauseLabel = backfill.is_paused ? t("Go on") : t("Pause");
  return (
    <ActionIcon.Group style={{ justifyContent: "end" }}>
      <Tooltip label={t("Dates")}>
        <ActionIcon
          variant="subtle"
          onClick={() => show(backfill)}
          aria-label={t("Dates of the backfill of {{name}}", { name: backfill.dag_id })}
        >
          <IconListDetails size={17} />
        </ActionIcon>
      </Tooltip>
      {canSteer && (
        <>
          <Tooltip label={pauseLabel}>
            <ActionIcon
              variant="subtle"
              onClick={() => steer.mutate(backfill.is_paused ? "unpause" : "pause")}
              loading={steer.isPending}
              aria-label={pauseLabel}
            >
              {backfill.is_paused ? <IconPlayerPlay size={17} /> : <IconPlayerPause size={17} />}
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("Cancel the backfill")}>
            <ActionIcon
              variant="subtle"
              color="red.8"
              aria-label={t("Cancel the backfill")}
              onClick={() =>
                ask({
                  title: t("Cancel the backfill"),
                  text: t("Running runs go on; queued ones fail, and no other is made."),
                  names: [backfill.dag_id],
                  confirm: t("Cancel the backfill"),
                  danger: true,
                  run: () => steerBackfill(backfill.id, "cancel").finally(refresh),
                })
              }
            >
              <IconPlayerStop size={17} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
    </ActionIcon.Group>
  );
}
