import type { AttemptId, WorkerSessionId } from "@polyflow/contracts";
import type { Workload, WorkSink } from "@polyflow/executor";
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type ClaimedCallback, ExecutionApiClient } from "./api/execution-api-client.ts";
import { HttpClient } from "./api/http-client.ts";
import { InProcessClient } from "./api/in-process-client.ts";
import { pause, retrying } from "./api/retry.ts";
import { AttemptRun } from "./attempt/attempt-run.ts";
import type { AttemptParts } from "./attempt/attempt-parts.ts";
import { OutcomeDelivery } from "./attempt/outcome-delivery.ts";
import { OutcomeSpool } from "./attempt/outcome-spool.ts";
import { OutOfMemoryCounter } from "./attempt/process-death.ts";
import { BundleCache } from "./bundle-cache.ts";
import { TaskProcessCode } from "./compiled/task-process-code.ts";
import { CallbackIntake } from "./callbacks/callback-intake.ts";
import { startGuardian } from "./process/guardian.ts";
import type { Guardian } from "./process/guardian.ts";
import { planLaunch } from "./process/launch-plan.ts";
import { ProcessRecords } from "./process/leftover-processes.ts";
import { ProcessPool } from "./process/process-pool.ts";
import { ProcessReaper } from "./process/process-reaper.ts";
import { TaskProcess, type TaskProcessOptions } from "./process/task-process.ts";
import { RunFolder } from "./run-folder.ts";
import type { SupervisorOptions } from "./supervisor-options.ts";
import { Triggerer } from "./triggerer/triggerer.ts";
import { WorkerSession } from "./worker-session.ts";

/** A worker: claims attempts through the Execution API and runs each in a task process. */
export interface Supervisor extends WorkSink {
  readonly name: string;
  /** Attempts that are running here now. */
  readonly runningAttempts: number;
  /** Deferred tasks that are looked at here now. */
  readonly watchedWaits: number;
}

const DEFAULTS = {
  killGraceMs: 5_000,
  warmProcesses: 2,
  maxReuse: 1_000,
  reuseIdleMs: 60_000,
  outputLimitBytes: 1_048_576,
  maxLogLineBytes: 16_384,
  maxLogBytes: 52_428_800,
  maxWaits: 10_000,
  callbackSlots: 4,
  callbackPollMs: 2_000,
};

/** Four for each core, at least 8: tasks mostly wait for databases, and a process of its own costs little memory. */
function defaultSlots(): number {
  return Math.max(8, 4 * availableParallelism());
}

/**
 * Makes a worker; nothing happens before `start`.
 * @throws PolyflowError `config_invalid` from `start` when another worker uses the run folder; `not_authenticated` when the worker key is wrong
 * @example
 * const worker = createSupervisor({ executionApiUrl, workerKey, name: "local", hostname, queues: ["default"], … });
 * await worker.start();
 * await worker.run(workload); // claims the attempt, runs it, reports its outcome
 * await worker.stop(30_000);
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new TaskSupervisor(options);
}

/** How long a bundle is asked for while the server is away. */
const BUNDLE_RETRY_MS = 120_000;
/** How long the last log lines may take when the worker stops. */
const LOG_TAIL_MS = 5_000;

/** What exists between start and stop. */
interface Running {
  readonly folder: RunFolder;
  readonly code: TaskProcessCode;
  readonly guardian: Guardian;
  readonly records: ProcessRecords;
  readonly parts: AttemptParts;
  readonly triggerer: Triggerer;
  readonly callbacks: CallbackIntake;
}

class TaskSupervisor implements Supervisor {
  readonly name: string;
  readonly slots: number;
  readonly #options: SupervisorOptions;
  readonly #runs = new Map<string, { readonly run: AttemptRun; readonly ended: Promise<void> }>();
  /** Of the runs those that are callbacks. */
  readonly #callbackIds = new Set<string>();
  /** Tails of logs on their way. */
  readonly #background = new Set<Promise<void>>();
  /** Ends all waiting for a server that is away. */
  readonly #stopped = new AbortController();
  #running: Running | undefined;
  #accepting = false;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.name = options.name;
    this.slots = options.slots ?? defaultSlots();
  }

  get runningAttempts(): number {
    return this.#runs.size - this.#callbackIds.size;
  }

  get sessionId(): WorkerSessionId | undefined {
    return this.#accepting ? this.#running?.parts.session.sessionId : undefined;
  }

  get watchedWaits(): number {
    return this.#running?.triggerer.size ?? 0;
  }

  /** Kills what a killed predecessor left behind, delivers its outcomes, starts warm processes, registers. */
  async start(): Promise<void> {
    const folder = new RunFolder(this.#options.runDir);
    const running = await this.#prepare(folder).catch((error: unknown) => {
      folder.release();
      throw error;
    });
    this.#running = running;
    running.parts.pool.fill();
    try {
      await running.parts.delivery.resume();
      await running.parts.session.start();
      this.#accepting = true;
      running.triggerer.syncSoon();
      running.callbacks.start();
    } catch (error) {
      await this.#close(running);
      throw error;
    }
  }

  run(workload: Workload): Promise<void> {
    const known = this.#runs.get(workload.attemptId);
    if (known !== undefined) return known.ended;
    const parts = this.#running?.parts;
    if (parts === undefined || !this.#accepting) return Promise.resolve();
    // It has run here, and the server is still to hear how it ended.
    if (parts.delivery.isPending(workload.attemptId)) return Promise.resolve();
    const run = new AttemptRun(workload, parts);
    const ended = run
      .run()
      .catch((error: unknown) => {
        this.#options.logger.error("attempt ended by an error of the worker itself", {
          attemptId: workload.attemptId,
          error: String(error),
        });
      })
      .finally(() => this.#runs.delete(workload.attemptId));
    this.#runs.set(workload.attemptId, { run, ended });
    return ended;
  }

  #runCallback(claimed: ClaimedCallback, parts: AttemptParts): Promise<void> {
    const { attemptId } = claimed.attempt;
    const { run, ended } = AttemptRun.ofCallback(claimed, parts);
    const over = ended.finally(() => {
      this.#runs.delete(attemptId);
      this.#callbackIds.delete(attemptId);
    });
    this.#callbackIds.add(attemptId);
    this.#runs.set(attemptId, { run, ended: over.catch(() => undefined) });
    return over;
  }

  cancel(attemptId: AttemptId): void {
    void this.#runs.get(attemptId)?.run.cancel();
  }

  /** Lets running attempts end for `graceMs`; then kills them, and the server gives them to others. */
  async stop(graceMs: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return this.#closing;
    this.#accepting = false;
    await running.callbacks.stop();
    await this.#within(graceMs, this.#allEnded());
    await Promise.all([...this.#runs.values()].map(({ run }) => run.cancel()));
    await this.#within(LOG_TAIL_MS, Promise.all(this.#background));
    await this.#close(running);
  }

  /** Once, however often `stop` is called: a second call only shortens the waiting of the first. */
  #close(running: Running): Promise<void> {
    this.#closing ??= this.#closeAll(running);
    return this.#closing;
  }

  async #closeAll(running: Running): Promise<void> {
    this.#accepting = false;
    this.#running = undefined;
    this.#stopped.abort();
    const { api, delivery, pool, reaper, session } = running.parts;
    await Promise.all([running.triggerer.stop(), running.callbacks.stop()]);
    await session.stop();
    await pool.stop();
    await Promise.all([this.#allEnded(), delivery.settled(), ...this.#background]);
    await Promise.all([reaper.stop(), running.code.close()]);
    await running.guardian.stop();
    running.records.close();
    api.close();
    running.folder.release();
  }

  async #allEnded(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }

  async #within(timeMs: number, work: Promise<unknown>): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([work, pause(this.#options.clock, timeMs, waiting.signal)]);
    waiting.abort();
  }

  async #prepare(folder: RunFolder): Promise<Running> {
    const options = this.#options;
    const { cacheDir, clock, environment, logger } = options;
    const instance = randomUUID();
    const marker = `${folder.id}.${instance}`;
    const recordsDir = join(folder.path, "processes");
    const compileCacheDir = join(cacheDir, "compiled");
    await mkdir(compileCacheDir, { recursive: true, mode: 0o700 });
    const records = new ProcessRecords(recordsDir, instance);
    records.open();
    const leftovers = records.killLeftovers(folder.id);
    if (leftovers.length > 0) logger.warn("killed processes that a former worker had left behind", { pids: leftovers });
    const code = new TaskProcessCode({ folder: options.compiledDir, clock, logger });
    await code.open();
    const launch = (): TaskProcessOptions => ({
      ...planLaunch({
        main: code.main,
        environment,
        compileCacheDir,
        marker,
        ...(options.heapLimitMb === undefined ? {} : { heapLimitMb: options.heapLimitMb }),
      }),
      providers: options.providers,
    });
    const reaper = new ProcessReaper(clock, logger, options.killGraceMs ?? DEFAULTS.killGraceMs);
    const pool = new ProcessPool({
      clock,
      logger,
      records,
      reaper,
      launch,
      warmProcesses: options.warmProcesses ?? DEFAULTS.warmProcesses,
      parallelStarts: availableParallelism(),
      maxReuse: options.maxReuse ?? DEFAULTS.maxReuse,
      maxIdle: this.slots,
      idleTimeoutMs: options.reuseIdleMs ?? DEFAULTS.reuseIdleMs,
    });
    const guardian = startGuardian(records.directory, marker, launch().environment["PATH"] ?? "");
    const parts = await this.#attemptParts(folder, pool, reaper);
    const triggerer = new Triggerer({
      ...parts,
      capacity: options.maxWaits ?? DEFAULTS.maxWaits,
      spawn: () => startWatcher(launch(), records, reaper),
    });
    const callbacks = new CallbackIntake({
      ...parts,
      slots: options.callbackSlots ?? DEFAULTS.callbackSlots,
      pollIntervalMs: options.callbackPollMs ?? DEFAULTS.callbackPollMs,
      running: () => this.#callbackIds.size,
      attemptIds: () => [...this.#callbackIds, ...parts.delivery.attemptIds],
      run: (claimed) => this.#runCallback(claimed, parts),
    });
    return { folder, code, guardian, records, parts, triggerer, callbacks };
  }

  async #attemptParts(folder: RunFolder, pool: ProcessPool, reaper: ProcessReaper): Promise<AttemptParts> {
    const options = this.#options;
    const { clock, hostname, logger, random = Math.random } = options;
    const crashPoint = options.crashPoint ?? (() => undefined);
    const { executionApiUrl, callServer, nearServer } = options;
    const transport = callServer === undefined ? new HttpClient(executionApiUrl) : new InProcessClient(executionApiUrl, callServer);
    const api = new ExecutionApiClient(transport, options.workerKey, nearServer);
    const spool = new OutcomeSpool(folder.path);
    await spool.open();
    const signal = this.#stopped.signal;
    const delivery = new OutcomeDelivery({ api, spool, clock, logger, random, crashPoint, signal });
    const session = new WorkerSession({
      api,
      clock,
      logger,
      random,
      signal,
      crashPoint,
      worker: { name: this.name, hostname, pid: process.pid, slots: this.slots, queues: [...options.queues] },
      attemptIds: () => [...this.#runs.keys(), ...delivery.attemptIds],
      onCancel: (attemptId) => void this.#runs.get(attemptId)?.run.cancel(),
      onClosed: async () => {
        this.#running?.triggerer.drop();
        const claimed = [...this.#runs.values()].filter(({ run }) => run.isClaimed);
        await Promise.all(claimed.map(({ run }) => run.cancel()));
      },
    });
    const folders = new Map(options.projects.map((project) => [project.name, project.dir]));
    return {
      api,
      session,
      pool,
      reaper,
      delivery,
      clock,
      logger,
      random,
      crashPoint,
      signal,
      hostname,
      bundles: new BundleCache(options.cacheDir, (hash) =>
        retrying({ clock, random, signal, forMs: BUNDLE_RETRY_MS }, async () => api.bundle(await session.get(), hash)),
      ),
      outOfMemory: new OutOfMemoryCounter(),
      projectDirOf: (bundleName) => folders.get(bundleName),
      outputLimitBytes: options.outputLimitBytes ?? DEFAULTS.outputLimitBytes,
      logLimits: {
        maxLineBytes: options.maxLogLineBytes ?? DEFAULTS.maxLogLineBytes,
        maxBytes: options.maxLogBytes ?? DEFAULTS.maxLogBytes,
      },
      inBackground: (work) => {
        const tail: Promise<void> = work
          .catch((error: unknown) => logger.error("the rest of a log was lost", { error: String(error) }))
          .finally(() => this.#background.delete(tail));
        this.#background.add(tail);
      },
      onDeferred: () => this.#running?.triggerer.syncSoon(),
      onCallbacks: () => this.#running?.callbacks.askSoon(),
    };
  }
}

/** A process of its own for all waits: long-lived, never given an attempt. */
function startWatcher(launch: TaskProcessOptions, records: ProcessRecords, reaper: ProcessReaper): TaskProcess {
  const watcher = new TaskProcess(launch);
  const { pid } = watcher;
  if (pid !== undefined) records.add(pid);
  void watcher.exited.then(() => {
    if (pid !== undefined) records.remove(pid);
    reaper.cleanAfterProcess(watcher);
  });
  return watcher;
}
