import { brand, PolyflowError } from "@polyflow/contracts";
import type { ErrorCode, WorkerSessionId } from "@polyflow/contracts";
import type { RegisterWorkerRequest, RegisterWorkerResponse } from "@polyflow/contracts/wire";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { ExecutionApiClient } from "./api/execution-api-client.ts";
import { retrying } from "./api/retry.ts";
import type { CrashPointHook } from "./crash-points.ts";

export interface WorkerSessionParts {
  readonly api: ExecutionApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly crashPoint: CrashPointHook;
  readonly worker: RegisterWorkerRequest;
  /** Attempts that live here. */
  readonly attemptIds: () => readonly string[];
  /** The server asks for the end of an attempt. */
  readonly onCancel: (attemptId: string) => void;
  /** The server has closed the session: all its attempts are lost. Resolves when none of them runs any more. */
  readonly onClosed: () => Promise<void>;
}

/** Answers to a heartbeat that mean: this session is no more. */
const CLOSED: ReadonlySet<ErrorCode> = new Set(["worker_lost", "not_authenticated", "not_found", "not_allowed"]);

/** Keeps a worker registered: heartbeats, and a new session when the server has closed the old one. */
export class WorkerSession {
  readonly #parts: WorkerSessionParts;
  #current: Promise<RegisterWorkerResponse> | undefined;
  #sessionId: WorkerSessionId | undefined;
  #cancelTimer: (() => void) | undefined;
  #counter = 0;

  constructor(parts: WorkerSessionParts) {
    this.#parts = parts;
  }

  /**
   * Registers; tries for as long as the server is away.
   * @throws PolyflowError `not_authenticated` when the worker key is wrong
   */
  async start(): Promise<void> {
    await this.#open();
  }

  /** The session while it is registered. */
  get sessionId(): WorkerSessionId | undefined {
    return this.#sessionId;
  }

  /** The session to use; waits while there is none. */
  get(): Promise<RegisterWorkerResponse> {
    return this.#current ?? this.#open();
  }

  /** Says that the server refused this session; a new one is opened, once. */
  async replace(stale: RegisterWorkerResponse): Promise<void> {
    if (this.#current === undefined || (await this.#current) !== stale) return;
    this.#parts.logger.warn("the server has closed this worker's session; its attempts are killed and it registers again", {
      sessionId: stale.sessionId,
    });
    this.#cancelTimer?.();
    this.#current = undefined;
    this.#sessionId = undefined;
    await this.#parts.onClosed();
    if (!this.#parts.signal.aborted) await this.get();
  }

  /** Leaves; what still runs here is given to others at once. */
  async stop(): Promise<void> {
    this.#cancelTimer?.();
    const session = await this.#current?.catch(() => undefined);
    if (session === undefined) return;
    await this.#parts.api.leave(session).catch((error: unknown) => {
      this.#parts.logger.warn("could not sign off; the server will notice by the missing heartbeat", { error: String(error) });
    });
  }

  #open(): Promise<RegisterWorkerResponse> {
    const { api, clock, logger, random, signal, worker } = this.#parts;
    const onRetry = (error: unknown, delayMs: number): void =>
      logger.warn("cannot register at the server yet", { error: String(error), retryInMs: Math.round(delayMs) });
    const opening = retrying({ clock, random, signal, forMs: Number.POSITIVE_INFINITY, onRetry }, () => api.register(worker));
    this.#current = opening;
    opening.then(
      (session) => {
        this.#sessionId = brand<WorkerSessionId>(session.sessionId);
        this.#scheduleHeartbeat(session);
      },
      () => {
        this.#current = undefined;
      },
    );
    return opening;
  }

  #scheduleHeartbeat(session: RegisterWorkerResponse): void {
    if (this.#parts.signal.aborted) return;
    this.#cancelTimer = this.#parts.clock.schedule(session.heartbeatIntervalMs, () => void this.#beat(session));
  }

  async #beat(session: RegisterWorkerResponse): Promise<void> {
    const { api, attemptIds, crashPoint, logger, onCancel } = this.#parts;
    crashPoint("between_heartbeats");
    this.#counter += 1;
    try {
      const cancel = await api.heartbeat(session, this.#counter, attemptIds());
      for (const attemptId of cancel) onCancel(attemptId);
    } catch (error) {
      if (error instanceof PolyflowError && CLOSED.has(error.code)) return this.#replaceLogged(session);
      // tasks go on: their outcomes wait on disk until the server is back
      logger.warn("heartbeat failed", { error: String(error) });
    }
    this.#scheduleHeartbeat(session);
  }

  async #replaceLogged(session: RegisterWorkerResponse): Promise<void> {
    await this.replace(session).catch((error: unknown) => {
      this.#parts.logger.error("cannot register again; this worker takes no work until it is started anew", { error: String(error) });
    });
  }
}
