import { z } from "zod";
import type { DagSpec } from "../dag-spec.ts";
import { mappedGroupsOf } from "../mapped-groups.ts";
import { assetReference } from "./execution-api.ts";

/** Answer to `GET /attempts/:attemptId/details`: more about an attempt than its order says, for the few tasks that ask. */
export const attemptDetails = z.object({
  /** How many retries are allowed. */
  maxTries: z.number().int(),
  hostname: z.string().nullable(),
  /** Start of the attempt. */
  startDate: z.string().nullable(),
  /** How many instances the mapped task has in the run; null for a task that is not mapped. */
  instances: z.number().int().nullable(),
  run: z.object({ queuedAt: z.string(), startDate: z.string().nullable() }),
  dag: z.object({ description: z.string().nullable(), owners: z.array(z.string()).readonly(), tags: z.array(z.string()).readonly() }),
  task: z.object({
    operator: z.string(),
    owner: z.string(),
    retries: z.number().int(),
    pool: z.string(),
    queue: z.string(),
    inlets: z.array(assetReference).readonly(),
    outlets: z.array(assetReference).readonly(),
  }),
  /** The newest successful run with an earlier logical date; null: there is none. */
  previousSuccess: z
    .object({
      runId: z.string(),
      logicalDate: z.string(),
      dataIntervalStart: z.string().nullable(),
      dataIntervalEnd: z.string().nullable(),
      startDate: z.string().nullable(),
      endDate: z.string().nullable(),
    })
    .nullable(),
});
export type AttemptDetails = z.infer<typeof attemptDetails>;

const NO_TASK: AttemptDetails["task"] = { operator: "", owner: "", retries: 0, pool: "", queue: "", inlets: [], outlets: [] };

/** What a DAG's spec says of one of its tasks and of itself; null for a callback of a run, which has no task. */
export function detailsInSpec(spec: DagSpec, taskId: string | null): Pick<AttemptDetails, "dag" | "task"> & { readonly isMapped: boolean } {
  const dag = { description: spec.description ?? null, owners: spec.owners, tags: spec.tags };
  const found = spec.tasks.find((one) => one.taskId === taskId);
  if (found === undefined) return { dag, task: NO_TASK, isMapped: false };
  const { operator, owner, retries, pool, queue, inlets = [], outlets = [] } = found;
  const isMapped = found.mapping !== undefined || mappedGroupsOf(spec).has(found.taskId);
  return { dag, task: { operator, owner, retries, pool, queue, inlets, outlets }, isMapped };
}
