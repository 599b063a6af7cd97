import type { DagRunState, JsonObject, JsonValue } from "@polyflow/contracts";
import { defer } from "../defer.ts";
import { type Duration, durationMs } from "../duration.ts";
import { within } from "../invalid-dag.ts";
import { checkOptions } from "../check-options.ts";
import { operator } from "../operator.ts";
import { checkOneOf } from "../option-checks.ts";
import type { TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import type { TaskHandle } from "../task-handle.ts";
import type { TaskOptions } from "../task-options.ts";

/** Options of `triggerDag`. */
export interface TriggerDagOptions extends TaskOptions {
  /** The DAG to start. Jinja templates are rendered, here and in `conf`, `runId`, `logicalDate`, `note`. */
  readonly dagId: string;
  readonly conf?: JsonObject;
  /** Default: an id of its own for each try; a try that runs again since its worker was lost takes the run that it has started. */
  readonly runId?: string;
  /** ISO 8601, such as `"{{ ts }}"`. Default: none. */
  readonly logicalDate?: string;
  readonly note?: string;
  /** A run of the same id or logical date is there: `"fail"` (default), `"reset"` clears it, so that it runs again, `"use"` takes it as it is. */
  readonly whenExists?: "fail" | "reset" | "use";
  /** Wait until the run has ended. Default false. */
  readonly wait?: boolean;
  /** How it waits: `"poke"` (default) in its process; `"defer"` without a slot, looked at by a triggerer. */
  readonly mode?: "poke" | "defer";
  /** Time between two looks. Default `"10s"`. */
  readonly interval?: Duration;
  /** How long to wait at most. Default: for ever. */
  readonly timeout?: Duration;
  /** States in which the run ends well. Default `["success"]`; the task fails with the others. */
  readonly allowedStates?: readonly ("success" | "failed")[];
}

/** Output of `triggerDag`. */
export interface TriggeredDag {
  readonly dagId: string;
  readonly runId: string;
  /** As the task left it. */
  readonly state: DagRunState;
}

/**
 * Adds a task that starts a run of another DAG and, if wanted, waits for its end.
 * @throws PolyflowError `dag_invalid`
 * @example triggerDag({ id: "publish", dagId: "publish_reports", conf: { day: "{{ ds }}" }, wait: true, mode: "defer", timeout: "2h" });
 */
export function triggerDag(given: TriggerDagOptions): TaskHandle<TriggeredDag> {
  const { dagId, conf = {}, runId, logicalDate, note, whenExists = "fail", wait = false, ...rest } = given;
  const { mode = "poke", interval = "10s", timeout, allowedStates = ["success"], ...options } = rest;
  checkOptions(options, {
    dagId: [dagId, "text"],
    conf: [conf, "object"],
    runId: [runId, "text", "optional"],
    wait: [wait, "flag"],
    allowedStates: [allowedStates, "list"],
  });
  const intervalMs = within(`task "${String(options.id)}"`, () => {
    checkOneOf("whenExists", whenExists, ["fail", "reset", "use"]);
    checkOneOf("mode", mode, ["poke", "defer"]);
    if (timeout !== undefined) durationMs(timeout, "timeout");
    return Math.max(1, durationMs(interval, "interval"));
  });
  const optional = {
    ...(runId === undefined ? {} : { runId }),
    ...(logicalDate === undefined ? {} : { logicalDate }),
    ...(note === undefined ? {} : { note }),
  };
  return operator<TriggeredDag, Readonly<Record<never, never>>, Fields>({
    name: "trigger_dag",
    options,
    details: { dagId, wait, ...(runId === undefined ? {} : { runId }) },
    fields: { dagId, conf, ...optional },
    watch: async (state, context) => {
      const ended = await endOf(runOf(state), context);
      return ended === undefined ? false : { done: true, value: ended };
    },
    execute: async (_input, context, fields) => {
      const resumed = context.wait?.resumed;
      if (resumed !== undefined) {
        const event = resumed.event;
        return judged(
          { ...runOf(resumed.state), state: event !== undefined && "value" in event ? (event.value as DagRunState) : "failed" },
          allowedStates,
        );
      }
      const run = await start(fields, whenExists, context);
      if (!wait) return run;
      const { state: _state, ...reference } = run;
      if (mode === "defer") return defer({ state: reference, every: interval, ...(timeout === undefined ? {} : { timeout }) });
      return judged({ ...run, state: await waitForEnd(reference, context, { intervalMs, timeout }) }, allowedStates);
    },
  });
}

interface Fields {
  readonly dagId: string;
  readonly conf: JsonObject;
  readonly runId?: string;
  readonly logicalDate?: string;
  readonly note?: string;
}

type RunReference = Omit<TriggeredDag, "state">;

async function start(
  { dagId, conf, runId, logicalDate, note }: Fields,
  whenExists: NonNullable<TriggerDagOptions["whenExists"]>,
  context: TaskContext,
): Promise<TriggeredDag> {
  const started = await context.dags.trigger(dagId, {
    conf,
    whenExists,
    ...(runId === undefined ? { once: true } : { runId }),
    ...(logicalDate === undefined ? {} : { logicalDate: dateOf(logicalDate) }),
    ...(note === undefined ? {} : { note }),
  });
  context.log.info(`${started.isNew ? "Started" : "Took"} run ${started.runId} of DAG ${started.dagId}.`);
  if (started.isPaused) context.log.warning(`DAG ${started.dagId} is paused: its run waits until somebody switches it on.`);
  return { dagId: started.dagId, runId: started.runId, state: started.state };
}

function dateOf(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new FailTask(`logicalDate: ${JSON.stringify(text)} is no date. Give ISO 8601, such as "{{ ts }}".`);
}

async function waitForEnd(
  run: RunReference,
  context: TaskContext,
  { intervalMs, timeout }: { readonly intervalMs: number; readonly timeout: Duration | undefined },
): Promise<DagRunState> {
  const limit = timeout === undefined ? Number.POSITIVE_INFINITY : context.now().getTime() + durationMs(timeout, "timeout");
  for (;;) {
    const state = await endOf(run, context);
    if (state !== undefined) return state;
    const leftMs = limit - context.now().getTime();
    if (leftMs <= 0)
      throw new Error(
        `Run ${run.runId} of DAG ${run.dagId} has not ended within ${timeout}. It goes on; look at it, or raise the timeout.`,
      );
    await context.sleep(Math.min(intervalMs, leftMs));
  }
}

/** Undefined while the run goes on. */
async function endOf({ dagId, runId }: RunReference, context: TaskContext): Promise<DagRunState | undefined> {
  const { runs } = await context.dags.find(dagId, { runId });
  const [run] = runs;
  if (run === undefined) throw new FailTask(`Run ${runId} of DAG ${dagId} was deleted while it was waited for.`);
  return run.state === "success" || run.state === "failed" ? run.state : undefined;
}

function judged(run: TriggeredDag, allowedStates: readonly DagRunState[]): TriggeredDag {
  if (allowedStates.includes(run.state)) return run;
  throw new Error(`Run ${run.runId} of DAG ${run.dagId} is ${run.state}. Look at it, then try again.`);
}

function runOf(state: JsonValue | undefined): RunReference {
  const { dagId, runId } = state as { readonly dagId: string; readonly runId: string };
  return { dagId, runId };
}
