import { Button, Checkbox, Group, NumberInput, Radio, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type BackfillOrder, createBackfill, previewBackfill, type Reprocess } from "../../api/backfills.ts";
import { EditDialog } from "../../lists/edit-dialog.tsx";
import { dayEnd, dayStart } from "../../lists/list-search.ts";
import { notifyDone, notifyProblem } from "../../ui/notify.ts";
import { BackfillPreviewList } from "./backfill-preview-list.tsx";

interface Draft {
  readonly dagId: string;
  readonly from: string;
  readonly until: string;
  readonly reprocess: Reprocess;
  readonly atOnce: number | string;
  readonly backwards: boolean;
}

/** The order that the fields make; undefined while something is missing. The last day counts whole. */
function orderOf({ dagId, from, until, reprocess, atOnce, backwards }: Draft): BackfillOrder | undefined {
  const [fromDate, end] = [dayStart(from), dayEnd(until)];
  if (dagId.trim() === "" || fromDate === undefined || end === undefined || atOnce === "" || fromDate >= end) return undefined;
  return {
    dag_id: dagId.trim(),
    from_date: fromDate,
    to_date: new Date(Date.parse(end) - 1).toISOString(),
    run_backwards: backwards,
    reprocess_behavior: reprocess,
    max_active_runs: Number(atOnce),
  };
}

/** Asks for the dates, shows what would run for each, and starts it. */
export function BackfillForm({ dagId, close }: { dagId: string | undefined; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [draft, setDraft] = useState<Draft>({ dagId: dagId ?? "", from: "", until: "", reprocess: "none", atOnce: 5, backwards: false });
  const order = orderOf(draft);
  const preview = useMutation({ mutationFn: previewBackfill, onError: notifyProblem });
  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    // What was shown was of other dates.
    preview.reset();
  };
  const save = async (wanted: BackfillOrder) => {
    await createBackfill(wanted);
    notifyDone(t("Backfill started"));
    await client.invalidateQueries({ queryKey: ["backfills"] });
  };
  return (
    <EditDialog
      title={t("New backfill")}
      size="lg"
      close={close}
      save={order === undefined ? undefined : () => save(order)}
      submit={t("Start")}
      aside={
        <Button
          variant="default"
          me="auto"
          disabled={order === undefined}
          loading={preview.isPending}
          onClick={() => order !== undefined && preview.mutate(order)}
        >
          {t("Preview")}
        </Button>
      }
    >
      <TextInput
        label={t("Process")}
        required
        value={draft.dagId}
        onChange={(event) => change({ dagId: event.currentTarget.value })}
        data-autofocus={dagId === undefined}
      />
      <Group grow>
        <TextInput
          type="date"
          label={t("First day")}
          required
          value={draft.from}
          onChange={(event) => change({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t("Last day")}
          required
          value={draft.until}
          onChange={(event) => change({ until: event.currentTarget.value })}
        />
      </Group>
      <Radio.Group
        label={t("Dates that have run already")}
        value={draft.reprocess}
        onChange={(value) => change({ reprocess: value === "failed" || value === "completed" ? value : "none" })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="none" label={t("leave out")} />
          <Radio value="failed" label={t("run again where they failed")} />
          <Radio value="completed" label={t("run all of them again")} />
        </Stack>
      </Radio.Group>
      <NumberInput
        label={t("Runs at once")}
        min={1}
        max={1000}
        allowDecimal={false}
        value={draft.atOnce}
        onChange={(atOnce) => change({ atOnce })}
      />
      <Checkbox
        label={t("Newest dates first")}
        checked={draft.backwards}
        onChange={(event) => change({ backwards: event.currentTarget.checked })}
      />
      {preview.data && <BackfillPreviewList preview={preview.data} />}
    </EditDialog>
  );
}
