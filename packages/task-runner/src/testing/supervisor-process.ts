import { systemClock, silentLogger } from "@polyflow/service-kit";
import type { CrashPoint } from "../crash-points.ts";
import type { Workload } from "@polyflow/executor";
import { createSupervisor } from "../supervisor.ts";

/** A supervisor in a process of its own, so that a test can kill it. Started by `fork`; told by IPC what to do. */
interface Start {
  readonly executionApiUrl: string;
  readonly workerKey: string;
  readonly dir: string;
  readonly crashAt: CrashPoint | null;
  readonly workload: Workload;
}

async function main({ crashAt, dir, executionApiUrl, workerKey, workload }: Start): Promise<void> {
  const supervisor = createSupervisor({
    executionApiUrl,
    workerKey,
    name: "killed-worker",
    hostname: "test-host",
    queues: ["default"],
    slots: 2,
    cacheDir: `${dir}/cache`,
    runDir: `${dir}/run`,
    projects: [{ name: "project", dir }],
    providers: [],
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
    clock: systemClock,
    logger: silentLogger,
    warmProcesses: 2,
    crashPoint: (point) => {
      if (point === crashAt) process.kill(process.pid, "SIGKILL");
    },
  });
  await supervisor.start();
  await supervisor.run(workload);
}

process.once("message", (start: Start) => void main(start));
