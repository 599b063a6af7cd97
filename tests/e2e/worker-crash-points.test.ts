import { type ChildProcess, fork } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PolyflowError } from "@polyflow/contracts";
import { createScheduler } from "@polyflow/scheduler";
import { createServer } from "@polyflow/server";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { CRASH_POINTS, type CrashPoint } from "@polyflow/task-runner";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { MetadataDatabase } from "../harness/metadata-database.ts";
import { dagSpec, taskSpec } from "../harness/random-dags.ts";
import type { Store } from "../harness/store.ts";
import type { WorkerStart } from "../harness/worker-process.ts";

const WORKER_KEY = "worker-key-of-the-test-0123456789abcdef";

/** Notes in a file each time that a task begins and ends, so that what ran twice is seen. */
const BUNDLE = `// polyflow bundle of dags/test.ts
import { dag, task } from "@polyflow/sdk";
import { appendFileSync, existsSync } from "node:fs";
const step = (id) => task({ id, retries: 1, retryDelay: "0s" }, async (input, ctx) => {
  const note = (what) => appendFileSync(ctx.projectDir + "/ledger.txt", ctx.runId + " " + id + " " + what + " " + ctx.tryNumber + "\\n");
  note("start");
  console.log("some line");
  if (id === "a" && ctx.tryNumber === 1 && ctx.runId === "child_exited_before_report") process.exit(3);
  while (id === "a" && ctx.tryNumber === 1 && ctx.runId === "between_heartbeats") await new Promise((done) => setTimeout(done, 50));
  note("end");
  return id;
});
dag("d", () => { const a = step("a")(); step("b")().after(a); });
`;

let database: MetadataDatabase;
let store: Store;
let stop: () => Promise<void> = async () => undefined;
let dir = "";
let executionApiUrl = "";
let worker: ChildProcess | undefined;
/** Ends of attempts are refused as long as this holds: the server cannot reach its database. */
let takesNoEnds = false;

beforeAll(async () => {
  database = await MetadataDatabase.create(inject("postgresUrl"));
  store = await database.open();
  dir = mkdtempSync(join(tmpdir(), "polyflow-crash-points-"));
  const logDir = join(dir, "logs");
  const execution = new Proxy(store.execution, {
    get(target, method) {
      const call: unknown = Reflect.get(target, method);
      if (method !== "finishAttempt" && method !== "finishAttempts") return call;
      return (...values: readonly unknown[]) => {
        if (takesNoEnds) throw new PolyflowError("database_unavailable", "The database does not answer (a fault of the test).");
        return Reflect.apply(call as () => unknown, target, values);
      };
    },
  });
  const server = await createServer({
    store: { ...store, execution },
    clock: systemClock,
    logger: silentLogger,
    host: "127.0.0.1",
    port: 0,
    version: "0.0.0",
    logDir,
    signingKey: randomBytes(32),
    workerKey: WORKER_KEY,
    timezone: "UTC",
    heartbeatIntervalMs: 200,
  });
  executionApiUrl = `${(await server.listen()).url}/execution/v1`;
  const executor = {
    name: "process",
    start: async () => undefined,
    stop: async () => undefined,
    submit: async (workloads: readonly object[]) => {
      for (const workload of workloads) if (worker?.connected === true) worker.send(workload);
    },
    cancel: async () => undefined,
  };
  const scheduler = createScheduler({
    store,
    executor,
    clock: systemClock,
    logger: silentLogger,
    holder: "one",
    options: { pollMs: 300, republishAfterMs: 500 },
  });
  stop = async () => {
    await scheduler.stop();
    await server.close();
  };
  await scheduler.start();
  const code = BUNDLE;
  await store.dags.publishParsedFile({
    kind: "dags",
    bundleName: "project",
    relativePath: "dags/test.ts",
    source: "",
    bundle: { hash: createHash("sha256").update(code).digest("hex"), code },
    specs: [dagSpec("d", [taskSpec("a", { retries: 1 }), taskSpec("b", { retries: 1, upstream: ["a"] })], { maxActiveRuns: 50 })],
    parseDurationMs: 0,
  });
});
afterAll(async () => {
  worker?.kill("SIGKILL");
  await stop();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

async function startWorker(crashAt: CrashPoint | null): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("../harness/worker-process.ts", import.meta.url)), { stdio: "inherit" });
  child.send({ executionApiUrl, workerKey: WORKER_KEY, dir, crashAt } satisfies WorkerStart);
  worker = child;
  await Promise.race([once(child, "message"), once(child, "exit")]);
  return child;
}

function ledgerOf(runId: string): readonly string[] {
  const file = join(dir, "ledger.txt");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  return lines.filter((line) => line.startsWith(`${runId} `)).map((line) => line.slice(runId.length + 1));
}

/**
 * Which tasks may have begun twice: what was on its way to its end when the worker died. A step that stands in the list of a supervisor's
 * crash points and not here does not compile.
 */
const TWICE: { readonly [point in CrashPoint]: readonly string[] } = {
  after_receive_before_claim: [],
  after_claim_before_run: [],
  after_run_sent: ["a"],
  result_received_before_report: ["a"],
  child_exited_before_report: ["a"],
  spool_written: [],
  after_report_before_cleanup: [],
  log_tail_pending: ["a"],
  between_heartbeats: ["a"],
};

test.each(CRASH_POINTS)(
  "a worker that is killed at %s: with the next one the run ends well, and nothing runs twice that was done (A14; real server and PostgreSQL)",
  { timeout: 120_000 },
  async (point) => {
    takesNoEnds = point === "spool_written";
    const doomed = await startWorker(point);
    const died = doomed.exitCode === null && doomed.signalCode === null ? once(doomed, "exit") : Promise.resolve();
    const none = { logicalDate: null, dataIntervalStart: null, dataIntervalEnd: null, note: null, triggeringUser: null };
    await store.runs.createRun({
      ...none,
      dagId: "d",
      runId: point,
      runType: "manual",
      runAfter: new Date(),
      conf: {},
      triggeredBy: "test",
    });
    await died;
    expect(doomed.signalCode).toBe("SIGKILL");
    takesNoEnds = false;
    const next = await startWorker(null);
    const state = await eventually(
      "the end of the run",
      async () => {
        const found = await store.runs.getRun("d", point);
        return found?.state === "success" || found?.state === "failed" ? found.state : undefined;
      },
      { withinMs: 90_000, describe: () => ledgerOf(point).join("\n") },
    );
    expect(state).toBe("success");
    const begun = Object.groupBy(
      ledgerOf(point).filter((line) => line.includes(" start ")),
      (line) => line.split(" ")[0] ?? "",
    );
    expect(Object.keys(begun).sort()).toEqual(["a", "b"]);
    for (const [task, starts = []] of Object.entries(begun)) {
      expect({ task, starts: starts.length <= (TWICE[point].includes(task) ? 2 : 1) ? "as allowed" : starts }).toEqual({
        task,
        starts: "as allowed",
      });
    }
    expect(readdirSync(join(dir, "run", "outcomes"))).toEqual([]);
    const gone = once(next, "exit");
    next.kill("SIGKILL");
    await gone;
  },
);
