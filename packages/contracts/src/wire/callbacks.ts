import { z } from "zod";
import { CALLBACK_KINDS } from "../callback.ts";

const instant = z.string().nullable();

/** What a callback is told of what it is called for. */
export const callbackOrder = z.object({
  kind: z.enum(CALLBACK_KINDS),
  /** Which of the functions for this kind. */
  function: z.number().int().min(0),
  name: z.string(),
  /** The task; null: it is about the run. */
  taskId: z.string().nullable(),
  mapIndex: z.number().int(),
  /** Of the task, when it happened; 0 for a run. */
  tryNumber: z.number().int(),
  maxTries: z.number().int(),
  /** What the task instance or the run had become. */
  state: z.string(),
  /** Why: the error of a failure. */
  error: z.string().nullable(),
  at: z.string(),
  startDate: instant,
  endDate: instant,
  /** Of a run that failed: tasks that had failed, at most 100 of them. */
  failedTasks: z.array(z.string()),
  /** Of the run; null while it goes on. */
  runState: z.string(),
  deadline: z.object({ name: z.string(), dueAt: z.string() }).nullable(),
});
export type CallbackOrder = z.infer<typeof callbackOrder>;

/** `attemptIds`: callbacks that this worker has. `capacity`: how many more it takes. */
export const claimCallbacksRequest = z.object({
  attemptIds: z.array(z.uuid()).max(100_000),
  capacity: z.number().int().min(0).max(1_000),
});
export type ClaimCallbacksRequest = z.infer<typeof claimCallbacksRequest>;
