import { CALLBACK_KINDS, CALLBACK_STATES } from "@polyflow/contracts";
import { z } from "zod";
import { instant, maybeInstant, maybeText } from "./common.ts";

/** A function of an author's that was called because of what became of a task or a run. */
export const callbackAnswer = z
  .object({
    id: z.string(),
    dag_id: z.string(),
    dag_run_id: z.string(),
    task_id: maybeText.meta({ description: "Null: it is about the run." }),
    map_index: z.number().int(),
    kind: z.enum(CALLBACK_KINDS),
    name: z.string(),
    deadline: maybeText,
    task_try_number: z.number().int(),
    cause_state: z.string(),
    cause_reason: maybeText,
    caused_at: instant,
    state: z.enum(CALLBACK_STATES),
    attempts: z.number().int(),
    next_attempt_at: maybeInstant,
    hostname: maybeText,
    start_date: maybeInstant,
    end_date: maybeInstant,
    error: maybeText.meta({ description: "Why its last attempt failed." }),
  })
  .meta({ id: "CallbackResponse" });
export type CallbackAnswer = z.infer<typeof callbackAnswer>;

export const callbackCollection = z
  .object({ callbacks: z.array(callbackAnswer), total_entries: z.number().int() })
  .meta({ id: "CallbackCollectionResponse" });
