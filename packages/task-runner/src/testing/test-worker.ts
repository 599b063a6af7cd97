import { brand } from "@polyflow/contracts";
import type { AttemptId } from "@polyflow/contracts";
import type { StartedAttempt } from "@polyflow/contracts/wire";
import type { Workload } from "@polyflow/executor";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSupervisor } from "../supervisor.ts";
import type { Supervisor } from "../supervisor.ts";
import type { SupervisorOptions } from "../supervisor-options.ts";
import { ExecutionApiDouble } from "./execution-api-double.ts";
import type { ApiAttempt } from "./execution-api-double.ts";

/** A worker with a server double and folders of its own. */
export interface TestWorker {
  readonly api: ExecutionApiDouble;
  readonly supervisor: Supervisor;
  readonly dir: string;
  readonly projectDir: string;
  /** Offers a queued attempt and waits until the worker is done with it. */
  run(attempt: ApiAttempt): Promise<void>;
  /** Runs one attempt of a task given as the text of its function; answers when its log is complete. */
  runTask(body: string, attempt?: Partial<StartedAttempt>): Promise<ApiAttempt>;
  close(): Promise<void>;
}

export function workloadOf(attempt: ApiAttempt): Workload {
  const { answer } = attempt;
  return {
    attemptId: brand<AttemptId>(attempt.id),
    dagId: answer.dagId,
    runId: answer.runId,
    taskId: answer.taskId,
    mapIndex: answer.mapIndex,
    tryNumber: answer.tryNumber,
    queue: "default",
    priorityWeight: 1,
    bundleHash: answer.bundleHash,
    isolation: answer.isolation,
  };
}

/** The bundle of a DAG `dag` with one task `task` whose function has this body; `input` and `ctx` are at hand. */
export function bundleOf(body: string): string {
  return `// polyflow bundle of dags/test.ts
import { dag, task, SkipTask, FailTask } from "@polyflow/sdk";
const run = task("task", async (input, ctx) => { ${body} });
dag("dag", () => { run(); });
`;
}

export async function startTestWorker(options: Partial<SupervisorOptions> = {}, api?: ExecutionApiDouble): Promise<TestWorker> {
  const dir = mkdtempSync(join(tmpdir(), "task-runner-"));
  const projectDir = join(dir, "project");
  mkdirSync(projectDir);
  const server = api ?? new ExecutionApiDouble();
  if (api === undefined) await server.listen();
  const supervisor = createSupervisor(testOptions(dir, server, options));
  await supervisor.start();
  return {
    api: server,
    supervisor,
    dir,
    projectDir,
    run: (attempt) => supervisor.run(workloadOf(attempt)),
    async runTask(body, attempt = {}) {
      const queued = server.queue({ taskId: "task", bundleHash: server.addBundle(bundleOf(body)), ...attempt });
      await supervisor.run(workloadOf(queued));
      await server.until(() => isLogComplete(queued), `the end of the log of ${body}`);
      return queued;
    },
    async close() {
      await supervisor.stop(0);
      if (api === undefined) await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function testOptions(dir: string, api: ExecutionApiDouble, options: Partial<SupervisorOptions> = {}): SupervisorOptions {
  return {
    executionApiUrl: api.url,
    workerKey: api.workerKey,
    name: "test-worker",
    hostname: "test-host",
    queues: ["default"],
    slots: 4,
    cacheDir: join(dir, "cache"),
    runDir: join(dir, "run"),
    projects: [{ name: "project", dir: join(dir, "project") }],
    providers: [],
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: "/tmp", TZ: "UTC", POLYFLOW__CORE__FERNET_KEY: "secret-of-the-server" },
    clock: systemClock,
    logger: silentLogger,
    warmProcesses: 1,
    killGraceMs: 300,
    ...options,
  };
}

function isLogComplete(attempt: ApiAttempt): boolean {
  return attempt.lines.some((line) => line.source === "system" && /^(?:Succeeded|Skipped|Failed|Cancelled)/.test(line.message));
}
