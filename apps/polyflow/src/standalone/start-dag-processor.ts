import { join } from "node:path";
import type { Store } from "@polyflow/store";
import { CHECKOUT } from "../home/find-home.ts";
import type { Project } from "./projects.ts";
import type { Rooms } from "./rooms.ts";
import type { StandaloneContext } from "./standalone-context.ts";

const SECOND_MS = 1000;

type DagProcessor = ReturnType<Rooms["dagProcessor"]["createDagProcessor"]>;

/** Starts watching the projects' folders. */
export async function startDagProcessor(
  context: StandaloneContext,
  parts: { readonly store: Store; readonly rooms: Rooms; readonly projects: readonly Project[] },
): Promise<DagProcessor> {
  const { configuration, clock, logger, services } = context;
  const limits = configuration.dag_processor;
  const processor = parts.rooms.dagProcessor.createDagProcessor({
    projects: parts.projects,
    store: parts.store.dags,
    clock,
    logger: logger.child({ component: "dag-processor" }),
    heartbeat: () => parts.store.recordHeartbeat("dag_processor"),
    settings: {
      parseTimeoutMs: limits.parse_timeout * SECOND_MS,
      memoryLimitMb: limits.parse_memory_mb,
      parallelism: limits.parse_processes,
      filesPerProcess: limits.parse_files_per_process,
      idleMs: limits.parse_idle_seconds * SECOND_MS,
      cronDataIntervals: configuration.scheduler.create_cron_data_intervals,
      readableFolders: [join(CHECKOUT, "node_modules")],
    },
  });
  services.add("DAG processor", () => processor.stop());
  await processor.start();
  return processor;
}
