import { z } from "zod";
import { DAG_RUN_STATES } from "../dag-run-state.ts";
import { DAG_ID_PATTERN, RUN_ID_PATTERN } from "../ids.ts";

const jsonValue: z.ZodType<unknown> = z.json();
const dagId = z.string().regex(DAG_ID_PATTERN);
const runId = z.string().regex(RUN_ID_PATTERN, "has letters, digits and _.~:+- alone, at most 250");

/** What a run is asked for with; `whenExists` says what to do with a run of the same id or logical date. */
export const triggerRunRequest = z.strictObject({
  dagId,
  runId: runId.optional(),
  /** The id comes from the try of the task, whatever `runId` says: a try whose worker is lost finds the run that it has started. */
  once: z.boolean().default(false),
  conf: z.record(z.string(), jsonValue).default({}),
  logicalDate: z.iso.datetime({ offset: true }).optional(),
  note: z.string().max(1000).optional(),
  whenExists: z.enum(["fail", "reset", "use"]).default("fail"),
});
export type TriggerRunRequest = z.input<typeof triggerRunRequest>;

export const triggeredRun = z.object({
  dagId: z.string(),
  runId: z.string(),
  state: z.enum(DAG_RUN_STATES),
  /** False: it existed before. */
  isNew: z.boolean(),
  /** It waits until its DAG is switched on. */
  isPaused: z.boolean(),
});
export type TriggeredRun = z.infer<typeof triggeredRun>;

/** Which runs of a DAG, and which of their tasks: by id, or by logical dates. */
export const findRunsRequest = z.strictObject({
  dagId,
  runId: runId.optional(),
  logicalDates: z
    .array(z.iso.datetime({ offset: true }))
    .max(1000)
    .optional(),
  taskIds: z.array(z.string().max(250)).max(1000).optional(),
  /** All tasks of this group, those of inner groups too. */
  groupId: z.string().max(250).optional(),
});
export type FindRunsRequest = z.input<typeof findRunsRequest>;

export const foundRuns = z.object({
  /** Undefined tasks and groups are `unknown`; false where there is no such DAG. */
  dagExists: z.boolean(),
  unknown: z.array(z.string()),
  /** The tasks that were asked for, those of the group named. */
  taskIds: z.array(z.string()),
  runs: z.array(
    z.object({
      runId: z.string(),
      logicalDate: z.string().nullable(),
      state: z.enum(DAG_RUN_STATES),
      /** Of each task: how many instances are in which state; absent where the run has none. */
      tasks: z.record(z.string(), z.record(z.string(), z.number().int())),
    }),
  ),
});
export type FoundRuns = z.infer<typeof foundRuns>;
