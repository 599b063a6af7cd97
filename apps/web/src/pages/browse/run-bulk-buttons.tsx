import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import type { BrowsedRun } from "../../api/browse.ts";
import { changeRun, clearTasks, deleteRun } from "../../api/runs.ts";
import type { Confirmation } from "../../lists/confirm-dialog.tsx";
import { forEach } from "../../lists/for-each.ts";

interface RunBulkButtonsProps {
  readonly runs: readonly BrowsedRun[];
  readonly ask: (asked: Confirmation) => void;
  readonly done: () => void;
}

/** What can be done with several runs at once; each asks before it acts. */
export function RunBulkButtons({ runs, ask, done }: RunBulkButtonsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const names = runs.map((run) => `${run.dag_id} · ${run.run_id}`);
  const each = (work: (run: BrowsedRun) => Promise<unknown>) => async () => {
    try {
      await forEach(runs, work);
      done();
    } finally {
      await client.invalidateQueries({ queryKey: ["browse"] });
    }
  };
  const clear = (onlyFailed: boolean) => each((run) => clearTasks({ dagId: run.dag_id, runId: run.run_id, onlyFailed, dryRun: false }));
  const mark = (state: "success" | "failed") => each((run) => changeRun(run.dag_id, run.run_id, { state }));
  const again = t("Cleared tasks run again; their earlier tries and logs stay.");
  const actions: readonly BulkAction[] = [
    { title: t("Clear failed tasks"), confirm: t("Clear"), text: again, run: clear(true) },
    { title: t("Clear all tasks"), confirm: t("Clear"), text: again, run: clear(false) },
    { title: t("Mark as success"), confirm: t("Mark as success"), run: mark("success") },
    { title: t("Mark as failed"), confirm: t("Mark as failed"), run: mark("failed") },
  ];
  const removal: BulkAction = {
    title: t("Delete runs"),
    label: t("Delete"),
    confirm: t("Delete"),
    text: t("Their tasks, XComs and load reports go with them. This cannot be undone."),
    danger: true,
    run: each((run) => deleteRun(run.dag_id, run.run_id)),
  };
  return [...actions, ...(rights.somewhere("delete", "DAG Runs") ? [removal] : [])].map(({ label, ...action }) => (
    <Button
      key={action.title}
      size="xs"
      {...(action.danger ? { color: "red.8" } : { variant: "default" })}
      onClick={() => ask({ ...action, names })}
    >
      {label ?? action.title}
    </Button>
  ));
}

/** `label`: what stands on the button, where it is not the title. */
type BulkAction = Omit<Confirmation, "names"> & { readonly label?: string };
