import type { Clock, Logger } from "@polyflow/service-kit";
import type { ExecutionApiClient } from "../api/execution-api-client.ts";
import type { CrashPointHook } from "../crash-points.ts";
import type { LogLimits } from "../log/attempt-log.ts";
import type { ProcessPool } from "../process/process-pool.ts";
import type { ProcessReaper } from "../process/process-reaper.ts";
import type { WorkerSession } from "../worker-session.ts";
import type { AttemptOrderParts } from "./attempt-order.ts";
import type { OutcomeDelivery } from "./outcome-delivery.ts";
import type { OutOfMemoryCounter } from "./process-death.ts";

/** What all attempts of a supervisor share. */
export interface AttemptParts extends AttemptOrderParts {
  readonly api: ExecutionApiClient;
  readonly session: WorkerSession;
  readonly pool: ProcessPool;
  readonly reaper: ProcessReaper;
  readonly delivery: OutcomeDelivery;
  readonly outOfMemory: OutOfMemoryCounter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly crashPoint: CrashPointHook;
  readonly signal: AbortSignal;
  readonly hostname: string;
  readonly logLimits: LogLimits;
  /** Keeps the sending of a log's tail going after the attempt has ended. */
  readonly inBackground: (work: Promise<void>) => void;
  /** The server has a task of this worker that waits for a trigger. */
  readonly onDeferred: () => void;
  /** What became of a task calls functions of its author's. */
  readonly onCallbacks: () => void;
}
