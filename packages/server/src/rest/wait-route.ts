import { isFinishedRunState, type JsonValue, PolyflowError, UNMAPPED } from "@polyflow/contracts";
import type { DagRunRecord } from "@polyflow/store";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import type { Caller } from "../access/caller.ts";
import { onDag, type RightPolicy } from "../access/policy.ts";
import { runPath, taskId } from "../http/path-params.ts";
import { many } from "../http/query.ts";
import { sendStream } from "../http/send-stream.ts";
import { existingRun } from "../records/existing-records.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";

const query = z.strictObject({
  interval: z.coerce.number().positive().max(3600).meta({ description: "Seconds between two lines while the run goes on." }),
  result: many(taskId).optional().meta({ description: "Tasks whose output the last line shows." }),
});

/** Outputs are XComs: showing them here takes the right to read XComs, as everywhere. */
const policy: readonly RightPolicy[] = [onDag("read", "DAG Runs")];
const xcoms = { action: "read", resource: "XComs" } as const;

/** The caller's rights are asked again this often while the answer goes on. */
const REVALIDATE_MS = 3000;

/** Waits for the end of a run: one line of JSON at once, one at each interval, the last when it has ended. */
export function addWaitRoute(app: App, context: RestContext): void {
  const { store } = context;
  app.get(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/wait",
    {
      config: { policy },
      compress: false,
      exposeHeadRoute: false,
      schema: {
        tags: ["DagRun"],
        summary: "Wait until a run has ended; the answer is streamed as NDJSON",
        params: runPath,
        querystring: query,
        response: {
          200: {
            description: "Lines of JSON with `state`; the last also has `results`.",
            content: { "application/x-ndjson": { schema: z.string() } },
          },
          ...errors.one,
        },
      },
    },
    async (request, reply) => {
      const { dag_id: dagId, dag_run_id: runId } = request.params;
      const caller = callerOf(request);
      const tasks = request.query.result ?? [];
      if (tasks.length > 0) requireXComs(caller, dagId);
      const run = await existingRun(store, dagId, runId);
      const lines = waitForEnd(run, { caller, tasks, intervalMs: request.query.interval * 1000, context });
      sendStream(reply, "application/x-ndjson", lines);
      return reply;
    },
  );
}

interface Wait {
  readonly caller: Caller;
  readonly tasks: readonly string[];
  readonly intervalMs: number;
  readonly context: RestContext;
}

async function* waitForEnd(first: DagRunRecord, wait: Wait): AsyncGenerator<string> {
  const { context, intervalMs } = wait;
  const { dagId, runId } = first;
  let run: DagRunRecord | undefined = first;
  while (run !== undefined && !isFinishedRunState(run.state)) {
    yield `${JSON.stringify({ state: run.state })}\n`;
    const nextLineAt = context.clock.monotonicMs() + intervalMs;
    do {
      await changeOrTime(first, Math.min(intervalMs, REVALIDATE_MS, nextLineAt - context.clock.monotonicMs()), context);
      if (context.closing.aborted || !(await mayStillRead(wait, dagId))) return;
      run = await context.store.runs.getRun(dagId, runId);
    } while (run !== undefined && !isFinishedRunState(run.state) && context.clock.monotonicMs() < nextLineAt);
  }
  if (run === undefined) return;
  const results = wait.tasks.length === 0 ? {} : { results: await outputs(run, wait) };
  yield `${JSON.stringify({ state: run.state, ...results })}\n`;
}

/** Resolves at a change of the run, when the server closes, or after the time. */
async function changeOrTime(run: DagRunRecord, ms: number, { store, clock, closing }: RestContext): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  const stops = [
    clock.schedule(Math.max(ms, 0), wake),
    store.subscribe((event) => {
      if (event.kind === "resync" || (event.kind === "run" && event.runKey === run.runKey)) wake();
    }),
  ];
  closing.addEventListener("abort", wake);
  if (closing.aborted) wake();
  await promise;
  closing.removeEventListener("abort", wake);
  for (const stop of stops) stop();
}

async function mayStillRead({ caller, tasks, context }: Wait, dagId: string): Promise<boolean> {
  const { credential } = caller;
  const now = credential === undefined ? await context.sessions.nobody() : await context.sessions.revalidate(credential);
  if (now === undefined || !now.rights.onDag("read", "DAG Runs", dagId)) return false;
  return tasks.length === 0 || now.rights.onDag(xcoms.action, xcoms.resource, dagId);
}

function requireXComs(caller: Caller, dagId: string): void {
  if (caller.rights.onDag(xcoms.action, xcoms.resource, dagId)) return;
  throw new PolyflowError("not_allowed", "You need the right to read XComs to see the outputs of tasks. Ask without `result`.");
}

/** `return_value` of the tasks that have one. */
async function outputs(run: DagRunRecord, { tasks, context }: Wait): Promise<{ readonly [taskId: string]: JsonValue }> {
  const found: [string, JsonValue][] = [];
  for (const taskId of tasks) {
    const entries = await context.store.runs.listXComs({ dagId: run.dagId, runId: run.runId, taskId, mapIndex: UNMAPPED });
    const output = entries.find((entry) => entry.key === "return_value");
    if (output !== undefined) found.push([taskId, output.value]);
  }
  return Object.fromEntries(found);
}
