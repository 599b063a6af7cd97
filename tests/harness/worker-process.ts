import { silentLogger, systemClock } from "@polyflow/service-kit";
import { type CrashPoint, createSupervisor } from "@polyflow/task-runner";

/** What a worker in a process of its own is told first. */
export interface WorkerStart {
  readonly executionApiUrl: string;
  readonly workerKey: string;
  /** Project, cache and run folder. */
  readonly dir: string;
  /** The step at which it kills itself; null: none. */
  readonly crashAt: CrashPoint | null;
}

type Workload = Parameters<ReturnType<typeof createSupervisor>["run"]>[0];

async function main({ executionApiUrl, workerKey, dir, crashAt }: WorkerStart): Promise<void> {
  const worker = createSupervisor({
    executionApiUrl,
    workerKey,
    name: "killed-worker",
    hostname: "test-host",
    queues: ["default"],
    slots: 4,
    cacheDir: `${dir}/cache`,
    runDir: `${dir}/run`,
    projects: [{ name: "project", dir }],
    providers: [],
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    clock: systemClock,
    logger: silentLogger,
    warmProcesses: 1,
    crashPoint: (point) => {
      if (point === crashAt) process.kill(process.pid, "SIGKILL");
    },
  });
  await worker.start();
  process.on("message", (workload: Workload) => void worker.run(workload));
  process.send?.("ready");
}

process.once("message", (start: WorkerStart) => void main(start));
