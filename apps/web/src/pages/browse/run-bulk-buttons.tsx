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
  return (
    <>
      <Button
        variant="default"
        size="xs"
        onClick={() =>
          ask({
            title: t("Clear failed tasks"),
            text: t("Cleared tasks run again; their earlier tries and logs stay."),
            names,
            confirm: t("Clear"),
            run: clear(true),
          })
        }
      >
        {t("Clear failed tasks")}
      </Button>
      <Button
        variant="default"
        size="xs"
        onClick={() =>
          ask({
            title: t("Clear all tasks"),
            text: t("Cleared tasks run again; their earlier tries and logs stay."),
            names,
            confirm: t("Clear"),
            run: clear(false),
          })
        }
      >
        {t("Clear all tasks")}
      </Button>
      <Button
        variant="default"
        size="xs"
        onClick={() => ask({ title: t("Mark as success"), names, confirm: t("Mark as success"), run: mark("success") })}
      >
        {t("Mark as success")}
      </Button>
      <Button
        variant="default"
        size="xs"
        onClick={() => ask({ title: t("Mark as failed"), names, confirm: t("Mark as failed"), run: mark("failed") })}
      >
        {t("Mark as failed")}
      </Button>
      {rights.somewhere("delete", "DAG Runs") && (
        <Button
          color="red.8"
          size="xs"
          onClick={() =>
            ask({
              title: t("Delete runs"),
              text: t("Their tasks, XComs and load reports go with them. This cannot be undone."),
              names,
              confirm: t("Delete"),
              danger: true,
              run: each((run) => deleteRun(run.dag_id, run.run_id)),
            })
          }
        >
          {t("Delete")}
        </Button>
      )}
    </>
  );
}
