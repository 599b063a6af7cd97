import { type AttemptId, brand, isPolyflowError } from "@polyflow/contracts";
import type { CallbackOrder } from "@polyflow/contracts/wire";
import type { Workload } from "@polyflow/executor";
import type { AttemptAccess, ClaimedCallback, SessionAccess, StartedAttemptAnswer } from "../api/execution-api-client.ts";
import { retrying } from "../api/retry.ts";
import type { AttemptLog, SystemLine } from "../log/attempt-log.ts";
import { SecretMask } from "../log/secret-mask.ts";
import type { TaskProcess } from "../process/task-process.ts";
import { attemptOrder } from "./attempt-order.ts";
import { lastLines, maskOutcome } from "./attempt-report.ts";
import { openAttemptLog } from "./open-attempt-log.ts";
import { type EndedAttempt, TaskExecution } from "./task-execution.ts";
import { answerTaskRequest } from "./task-requests.ts";
import type { AttemptParts } from "./attempt-parts.ts";

/** What is offered, or was given with a claim. */
type Offer = Pick<Workload, "attemptId" | "bundleHash" | "isolation" | "isClaimed">;

/** How long a claim is tried while the server is away; afterwards the server offers the attempt again by itself. */
const CLAIM_FOR_MS = 30_000;
/** One attempt from its offer to the report of its outcome. */
export class AttemptRun {
  readonly #workload: Offer;
  readonly #parts: AttemptParts;
  #callback: CallbackOrder | undefined;
  readonly #mask = new SecretMask();
  #cancelled = false;
  #claimed = false;
  #execution: TaskExecution | undefined;
  /** The end of the execution, while there is one. */
  #ended: Promise<unknown> | undefined;

  constructor(workload: Offer, parts: AttemptParts) {
    this.#workload = workload;
    this.#parts = parts;
  }

  /** Runs a callback that the server has given to this worker. Resolves as `run` does. */
  static ofCallback(
    { attempt, callback }: ClaimedCallback,
    parts: AttemptParts,
  ): { readonly run: AttemptRun; readonly ended: Promise<void> } {
    const { bundleHash, isolation } = attempt;
    const run = new AttemptRun({ attemptId: brand<AttemptId>(attempt.attemptId), bundleHash, isolation }, parts);
    run.#callback = callback;
    run.#claimed = true;
    return { run, ended: run.#runClaimed(attempt, parts.pool.acquire(bundleHash, isolation)) };
  }

  /** The server has given this attempt to this worker. */
  get isClaimed(): boolean {
    return this.#claimed;
  }

  /** Ends the attempt without a report, since nobody waits for one. Resolves when nothing of it runs any more. */
  async cancel(): Promise<void> {
    this.#cancelled = true;
    this.#execution?.cancel();
    await this.#ended;
  }

  /** Resolves when the outcome is with the server or safe on disk, or when the attempt was not to be had. */
  async run(): Promise<void> {
    const { bundles, crashPoint, pool } = this.#parts;
    crashPoint("after_receive_before_claim");
    const { bundleHash, isolation } = this.#workload;
    // a process and the bundle are got ready while the server is asked
    const process = pool.acquire(bundleHash, isolation);
    const bundlePath = bundles.get(bundleHash);
    process.catch(() => undefined);
    bundlePath.catch(() => undefined);
    const started = await this.#claim().catch((error: unknown) => {
      this.#parts.logger.warn("attempt not claimed", { attemptId: this.#workload.attemptId, error: String(error) });
      return undefined;
    });
    if (started === undefined || this.#cancelled)
      return void process.then(
        (unused) => pool.giveBack(unused),
        () => undefined,
      );
    this.#claimed = true;
    crashPoint("after_claim_before_run");
    await this.#runClaimed(started, process);
  }

  /** Undefined when the attempt is not (or no longer) to be had. */
  #claim(): Promise<StartedAttemptAnswer | undefined> {
    const { clock, random, session, signal } = this.#parts;
    let calls = 0;
    return retrying({ clock, random, signal, forMs: CLAIM_FOR_MS }, async () => {
      const current = await session.get();
      calls += 1;
      try {
        // a call whose answer was lost may have claimed the attempt: the same session gets it once more
        return await this.#start(current, calls > 1 || this.#workload.isClaimed === true);
      } catch (error) {
        if (!isPolyflowError(error, "worker_lost") && !isPolyflowError(error, "not_authenticated")) throw error;
        await session.replace(current);
        return this.#start(await session.get());
      }
    });
  }

  async #start(session: SessionAccess, again = false): Promise<StartedAttemptAnswer | undefined> {
    try {
      return await this.#parts.api.start(session, this.#workload.attemptId, again);
    } catch (error) {
      if (isPolyflowError(error, "attempt_superseded")) return undefined;
      throw error;
    }
  }

  async #runClaimed(started: StartedAttemptAnswer, process: Promise<TaskProcess>): Promise<void> {
    const { clock, crashPoint, delivery, hostname, inBackground, onCallbacks, onDeferred } = this.#parts;
    const access: AttemptAccess = { attemptId: started.attemptId, token: started.token };
    const begun = clock.monotonicMs();
    const log = openAttemptLog(access, this.#mask, this.#parts);
    log.system("info", `${firstLine(started, this.#callback)} started on host ${hostname}.`);
    const ended = await this.#execute(started, process, log).catch((error: unknown) => this.#notRun(error, log));
    if (ended === undefined)
      return inBackground(log.close([{ level: "warning", message: "Cancelled: the attempt is no longer current." }]));
    const report = maskOutcome(ended.outcome, this.#mask);
    crashPoint("result_received_before_report");
    // the outcome is what others wait for; the log's tail follows by itself
    const trace: readonly SystemLine[] = ended.trace === undefined ? [] : [{ level: "debug", message: ended.trace }];
    inBackground(log.close([...trace, ...lastLines(report, started, clock.monotonicMs() - begun)]));
    await delivery.deliver(access, report);
    if (started.hasCallbacks === true) onCallbacks();
    if (report.kind === "deferred" && report.trigger.kind === "poke") onDeferred();
    crashPoint("after_report_before_cleanup");
  }

  async #execute(started: StartedAttemptAnswer, offered: Promise<TaskProcess>, log: AttemptLog): Promise<EndedAttempt | undefined> {
    const { api, clock, crashPoint, logger, outOfMemory, pool, random, reaper, signal } = this.#parts;
    const process = await this.#fittingProcess(started, offered);
    const order = await attemptOrder(started, this.#parts).catch((error: unknown) => {
      pool.giveBack(process);
      throw error;
    });
    if (this.#cancelled) {
      pool.giveBack(process);
      log.end();
      return undefined;
    }
    const access: AttemptAccess = { attemptId: started.attemptId, token: started.token };
    log.takeFrom(process, started.attemptId);
    const execution = new TaskExecution({
      process,
      log,
      pool,
      reaper,
      outOfMemory,
      clock,
      logger,
      crashPoint,
      timeoutMs: started.executionTimeoutMs,
      reuse: started.isolation === "reuse",
      answer: (request) => answerTaskRequest(request, { api, access, mask: this.#mask, retry: { clock, random, signal } }),
    });
    this.#execution = execution;
    const ending = execution.run(this.#callback === undefined ? order : { ...order, callback: this.#callback });
    this.#ended = ending;
    crashPoint("after_run_sent");
    return ending;
  }

  /** The process got ready for the offer, unless the claim says that the offer was out of date. */
  async #fittingProcess(started: StartedAttemptAnswer, offered: Promise<TaskProcess>): Promise<TaskProcess> {
    const process = await offered;
    const { bundleHash, isolation } = this.#workload;
    if (started.bundleHash === bundleHash && started.isolation === isolation) return process;
    this.#parts.pool.giveBack(process);
    return this.#parts.pool.acquire(started.bundleHash, started.isolation);
  }

  /** Nothing of the task has run: no process, no bundle, no folder. */
  #notRun(error: unknown, log: AttemptLog): EndedAttempt {
    this.#parts.logger.error("attempt could not be run", { attemptId: this.#workload.attemptId, error: String(error) });
    log.end();
    return { outcome: { kind: "failed", reason: "error", message: isPolyflowError(error) ? error.message : String(error) } };
  }
}

function firstLine({ tryNumber, maxTries }: StartedAttemptAnswer, callback: CallbackOrder | undefined): string {
  const attempt = `Attempt ${tryNumber} of ${maxTries}`;
  if (callback === undefined) return attempt;
  const subject = callback.taskId === null ? "the run" : `task "${callback.taskId}" (try ${callback.tryNumber})`;
  const cause = callback.deadline === null ? `became ${callback.state}` : `missed its deadline "${callback.deadline.name}"`;
  return `Callback "${callback.name}", since ${subject} ${cause}: ${attempt.toLowerCase()}`;
}
