import { type AttemptId, type LogLine, PolyflowError, type WorkerSessionId } from "@polyflow/contracts";
import type { StartedAttempt } from "@polyflow/contracts/wire";
import type { Store } from "@polyflow/store";
import type { ExecutionTokens } from "../access/execution-tokens.ts";
import type { AttemptLocation, CallbackLocation } from "../logs/attempt-log-path.ts";
import type { LogStore } from "../logs/log-store.ts";
import { attemptEnd, type AttemptFacts, type ReportedOutcome } from "./attempt-end.ts";
import { finishCallback } from "./finish-callback.ts";
import { startedAttemptOf } from "./started-attempt.ts";

/** A task without a time limit may run this long and still report its end. */
const ATTEMPT_TOKEN_TTL_MS = 30 * 86_400_000;
/** Time that an attempt has for its report after its execution timeout. */
const TOKEN_GRACE_MS = 3_600_000;

export interface AttemptCallParts extends AttemptFacts {
  readonly tokens: ExecutionTokens;
  readonly logs: LogStore;
}

/** The calls that every attempt makes, whichever way they come. Whoever lets one in has checked the token and the shape of what it brings. */
export class AttemptCalls {
  readonly #parts: AttemptCallParts;
  readonly #locations: AttemptLocations;

  constructor(parts: AttemptCallParts) {
    this.#parts = parts;
    this.#locations = new AttemptLocations(parts.store);
  }

  /** @throws PolyflowError `attempt_superseded` when it is not (or no longer) to be had */
  async start(attemptId: AttemptId, sessionId: WorkerSessionId, again: boolean): Promise<StartedAttempt> {
    const { store, clock, tokens } = this.#parts;
    const claimed = await store.execution.claimAttempt(attemptId, sessionId, { again });
    if (claimed === undefined) throw superseded(attemptId);
    this.#locations.remember(attemptId, claimed);
    const started = startedAttemptOf(claimed, clock);
    const ttlMs = started.executionTimeoutMs === null ? ATTEMPT_TOKEN_TTL_MS : started.executionTimeoutMs + TOKEN_GRACE_MS;
    return { ...started, token: tokens.sign("attempt", attemptId, ttlMs) };
  }

  /** @throws PolyflowError `attempt_superseded` when nobody waits for this outcome any more */
  async finish(attemptId: AttemptId, outcome: ReportedOutcome): Promise<void> {
    const end = await attemptEnd(attemptId, outcome, this.#parts);
    const isTask = end !== undefined && (await this.#parts.store.execution.finishAttempt(attemptId, end));
    if (!isTask && !(await finishCallback(attemptId, outcome, this.#parts))) throw superseded(attemptId);
    if (isTask && end.to === "failed" && outcome.kind === "success") await this.#logRefusal(attemptId, end.reason);
  }

  /** The worker has written that the attempt succeeded; why it has failed nevertheless is known here alone. */
  async #logRefusal(attemptId: AttemptId, reason: string): Promise<void> {
    const at = new Date(this.#parts.clock.now()).toISOString();
    const line = (level: LogLine["level"], message: string): LogLine => ({ at, level, source: "system", message });
    await this.appendLogs(attemptId, [
      line("error", `Failed, though its function ended well: ${reason}`),
      line("info", "There will be no further attempt."),
    ]);
  }

  async appendLogs(attemptId: AttemptId, lines: readonly LogLine[]): Promise<void> {
    await this.#parts.logs.append(await this.#locations.locate(attemptId), lines);
  }
}

/** Where logs of recent attempts, of tasks and of callbacks, belong; it never changes, so that it is asked of the store once. */
class AttemptLocations {
  readonly #known = new Map<AttemptId, AttemptLocation | CallbackLocation>();
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  remember(attemptId: AttemptId, { dagId, runId, taskId, mapIndex, tryNumber }: AttemptLocation): void {
    this.#keep(attemptId, { dagId, runId, taskId, mapIndex, tryNumber });
  }

  async locate(attemptId: AttemptId): Promise<AttemptLocation | CallbackLocation> {
    const known = this.#known.get(attemptId);
    if (known !== undefined) return known;
    const { execution, callbacks } = this.#store;
    const location = (await execution.locateAttempt(attemptId)) ?? (await callbacks.locate(attemptId));
    if (location === undefined) throw superseded(attemptId);
    this.#keep(attemptId, location);
    return location;
  }

  #keep(attemptId: AttemptId, location: AttemptLocation | CallbackLocation): void {
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(attemptId, location);
  }
}

export function superseded(attemptId: AttemptId): PolyflowError {
  return new PolyflowError(
    "attempt_superseded",
    `Attempt ${attemptId} is no longer current: it was cleared, given up or has ended. Stop it.`,
  );
}
