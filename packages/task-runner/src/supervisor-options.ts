import type { Clock, Logger } from "@polyflow/service-kit";
import type { CallServer, NearAttemptCalls } from "./api/in-process-client.ts";
import type { CrashPointHook } from "./crash-points.ts";
import type { ProviderModule } from "./protocol/messages.ts";

/** A project that this worker can run: its name as the DAG processor knows it, and its folder on this machine. */
export interface ProjectFolder {
  readonly name: string;
  readonly dir: string;
}

/** What a supervisor needs. Durations are in milliseconds, sizes in bytes. */
export interface SupervisorOptions {
  /** Address of the Execution API with its base path, for example `http://127.0.0.1:8080/execution/v1`. */
  readonly executionApiUrl: string;
  /** Reaches a server in the same process without a socket; default: HTTP at `executionApiUrl`. */
  readonly callServer?: CallServer;
  /** The calls that every attempt makes, of that server, without HTTP; default: as all others. */
  readonly nearServer?: NearAttemptCalls;
  /** Registers workers; it stays in this process. */
  readonly workerKey: string;
  /** Name of the worker; one process at a time holds it. */
  readonly name: string;
  readonly hostname: string;
  readonly queues: readonly string[];
  /** Attempts at once. Default: four for each core, at least 8: tasks mostly wait for databases. */
  readonly slots?: number;
  /** Bundles and compiled code are kept here; may be deleted while no worker runs. */
  readonly cacheDir: string;
  /** The task process is compiled into this folder, once for all workers that use it; default: it runs from its sources, which starts more slowly. */
  readonly compiledDir?: string;
  /** Records of processes and outcomes that wait for the server; one supervisor at a time uses it. */
  readonly runDir: string;
  readonly projects: readonly ProjectFolder[];
  readonly providers: readonly ProviderModule[];
  /** The environment of this process; task processes get a few harmless variables of it (PATH, HOME, LANG, TZ …). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  readonly killGraceMs?: number;
  /** Started processes kept ready; default 2. */
  readonly warmProcesses?: number;
  /** Attempts that a process of isolation `reuse` serves; default 1000. */
  readonly maxReuse?: number;
  /** An idle process of isolation `reuse` ends after this; default 1 minute. */
  readonly reuseIdleMs?: number;
  /** Limit of a task process's JavaScript heap in MB; default: Node's own. */
  readonly heapLimitMb?: number;
  /** Largest output of a task as JSON; default 1 MB. */
  readonly outputLimitBytes?: number;
  /** Longer log lines are cut; default 16 kB. */
  readonly maxLogLineBytes?: number;
  /** What an attempt prints beyond this is left out; default 50 MB. */
  readonly maxLogBytes?: number;
  /** Deferred tasks that this worker watches at most; default 10 000. */
  readonly maxWaits?: number;
  /** Callbacks of tasks and DAGs that this worker runs at once, beside its slots; default 4. */
  readonly callbackSlots?: number;
  /** How often this worker asks for callbacks that nothing has announced to it; default 2 s. */
  readonly callbackPollMs?: number;
  /** For tests that kill the supervisor at a chosen step. */
  readonly crashPoint?: CrashPointHook;
}
