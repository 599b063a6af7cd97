import type { DagRunState } from "./dag-run-state.ts";
import type { TaskInstanceState } from "./task-instance-state.ts";

/**
 * A hint that something was committed: "look now", never the truth itself.
 * Emitted after commit to listeners of the same process at once, to others by NOTIFY.
 */
export type ChangeEvent =
  | { readonly kind: "dag"; readonly dagId: string }
  | { readonly kind: "dag_removed"; readonly dagId: string }
  | { readonly kind: "import_errors" }
  | { readonly kind: "run"; readonly dagId: string; readonly runId: string; readonly runKey: string; readonly state: DagRunState }
  | {
      readonly kind: "task_instance";
      readonly dagId: string;
      readonly runId: string;
      readonly runKey: string;
      readonly taskInstanceId: string;
      readonly taskId: string;
      readonly mapIndex: number;
      readonly tryNumber: number;
      readonly state: TaskInstanceState;
    }
  | { readonly kind: "asset_event"; readonly assetId: number; readonly name: string }
  | { readonly kind: "backfill"; readonly dagId: string; readonly backfillId: number }
  | { readonly kind: "load_report"; readonly dagId: string; readonly runId: string; readonly taskId: string }
  /** More happened than fits into one hint: look at everything. */
  | { readonly kind: "resync" };
