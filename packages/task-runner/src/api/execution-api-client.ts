import { ERROR_CODES, PolyflowError } from "@polyflow/contracts";
import type { AssetEvent, ErrorCode, JsonObject, LoadReport, LogLine } from "@polyflow/contracts";
import {
  claimCallbacksResponse,
  claimedCallback,
  claimedWait,
  claimWaitsResponse,
  assetEventsAnswer,
  attemptDetails,
  xcomAnswer,
  connectionSecret,
  errorBody,
  foundRuns,
  heartbeatResponse,
  registerWorkerResponse,
  startedAttempt,
  triggeredRun,
  variableSecret,
} from "@polyflow/contracts/wire";
import type {
  AttemptDetails,
  AttemptOutcome,
  ClaimCallbacksRequest,
  ClaimedWaitOrder,
  ClaimWaitsRequest,
  ConnectionSecret,
  VariableSecret,
  FindRunsRequest,
  FoundRuns,
  RegisterWorkerRequest,
  RegisterWorkerResponse,
  TriggeredRun,
  TriggerRunRequest,
  WaitEvent,
} from "@polyflow/contracts/wire";
import type { PulledXCom, XComPullQuery } from "../protocol/messages.ts";
import { z } from "zod";
import { TransportError } from "./http-client.ts";
import type { HttpRequest, HttpTransport } from "./http-client.ts";
import type { NearAttemptCalls } from "./in-process-client.ts";

/** Params and inputs were JSON already; walking through megabytes of them again would find nothing. */
const startedAttemptAnswer = startedAttempt.extend({
  params: z.record(z.string(), z.unknown()),
  conf: z.record(z.string(), z.unknown()),
  inputs: z.record(z.string(), z.unknown()),
});
export type StartedAttemptAnswer = z.infer<typeof startedAttemptAnswer>;

const claimWaitsAnswer = claimWaitsResponse.extend({ watch: z.array(claimedWait.extend({ attempt: startedAttemptAnswer })) });

const claimCallbacksAnswer = claimCallbacksResponse.extend({
  run: z.array(claimedCallback.extend({ attempt: startedAttemptAnswer })),
});
export type ClaimedCallback = z.infer<typeof claimCallbacksAnswer>["run"][number];

/** A worker's registration. */
export interface SessionAccess {
  readonly sessionId: string;
  readonly token: string;
}

/** The right to speak for one attempt. */
export interface AttemptAccess {
  readonly attemptId: string;
  readonly token: string;
}

/**
 * The calls of the Execution API, each with a time limit.
 * All throw PolyflowError: with the server's code, or `execution_api_unavailable` when there was no usable answer.
 */
export class ExecutionApiClient {
  readonly #http: HttpTransport;
  readonly #workerKey: string;
  readonly #near: NearAttemptCalls | undefined;

  /** @param near the calls that every attempt makes, where the server is in this process */
  constructor(transport: HttpTransport, workerKey: string, near?: NearAttemptCalls) {
    this.#http = transport;
    this.#workerKey = workerKey;
    this.#near = near;
  }

  close(): void {
    this.#http.close();
  }

  async register(worker: RegisterWorkerRequest): Promise<RegisterWorkerResponse> {
    return registerWorkerResponse.parse(await this.#json(post("/workers", this.#workerKey, worker)));
  }

  /** @returns attempts to kill */
  async heartbeat(session: SessionAccess, counter: number, attemptIds: readonly string[]): Promise<readonly string[]> {
    const path = `/workers/${encodeURIComponent(session.sessionId)}/heartbeat`;
    const answer = await this.#json({ ...post(path, session.token, { counter, attemptIds }), timeoutMs: 5_000 });
    return heartbeatResponse.parse(answer).cancel;
  }

  async leave(session: SessionAccess): Promise<void> {
    const path = `/workers/${encodeURIComponent(session.sessionId)}`;
    await this.#send({ method: "DELETE", path, token: session.token, timeoutMs: 5_000 });
  }

  /** @throws PolyflowError `attempt_superseded` when the attempt is not (or no longer) to be had */
  async start(session: SessionAccess, attemptId: string, again = false): Promise<StartedAttemptAnswer> {
    if (this.#near !== undefined)
      return inTime(10_000, this.#near.start(session.token, attemptId, { sessionId: session.sessionId, again }));
    const path = `/attempts/${encodeURIComponent(attemptId)}/start`;
    return startedAttemptAnswer.parse(
      await this.#json(post(path, session.token, { sessionId: session.sessionId, ...(again ? { again } : {}) })),
    );
  }

  /** @throws PolyflowError `attempt_superseded` when nobody waits for this outcome any more */
  async finish(attempt: AttemptAccess, outcome: AttemptOutcome): Promise<void> {
    if (this.#near !== undefined) return inTime(15_000, this.#near.finish(attempt.token, attempt.attemptId, outcome));
    await this.#send({ ...post(attemptPath(attempt, "/finish"), attempt.token, outcome), timeoutMs: 15_000 });
  }

  async appendLogs(attempt: AttemptAccess, lines: readonly LogLine[]): Promise<void> {
    if (this.#near !== undefined) return inTime(15_000, this.#near.appendLogs(attempt.token, attempt.attemptId, lines));
    await this.#send({ ...post(attemptPath(attempt, "/logs"), attempt.token, { lines }), timeoutMs: 15_000 });
  }

  async reportLoad(attempt: AttemptAccess, report: LoadReport): Promise<void> {
    await this.#send(post(attemptPath(attempt, "/load-reports"), attempt.token, report));
  }

  async keepRenderedFields(attempt: AttemptAccess, fields: JsonObject): Promise<void> {
    await this.#send(post(attemptPath(attempt, "/rendered-fields"), attempt.token, { fields }));
  }

  async attemptDetails(attempt: AttemptAccess): Promise<AttemptDetails> {
    return attemptDetails.parse(await this.#json(get(attemptPath(attempt, "/details"), attempt.token)));
  }

  /** @throws PolyflowError `connection_not_found` */
  async connection(attempt: AttemptAccess, connectionId: string): Promise<ConnectionSecret> {
    const path = attemptPath(attempt, `/connections/${encodeURIComponent(connectionId)}`);
    return connectionSecret.parse(await this.#json(get(path, attempt.token)));
  }

  /** @throws PolyflowError `variable_not_found` */
  async variable(attempt: AttemptAccess, key: string): Promise<VariableSecret> {
    const path = attemptPath(attempt, `/variables/${encodeURIComponent(key)}`);
    return variableSecret.parse(await this.#json(get(path, attempt.token)));
  }

  async triggerRun(attempt: AttemptAccess, run: TriggerRunRequest): Promise<TriggeredRun> {
    return triggeredRun.parse(await this.#json(post(attemptPath(attempt, "/dag-runs"), attempt.token, run)));
  }

  async findRuns(attempt: AttemptAccess, query: FindRunsRequest): Promise<FoundRuns> {
    return foundRuns.parse(await this.#json(post(attemptPath(attempt, "/dag-runs/find"), attempt.token, query)));
  }

  /** Takes waits to watch; `gone` of those that are watched are over. */
  async claimWaits(
    session: SessionAccess,
    claim: ClaimWaitsRequest,
  ): Promise<{ readonly watch: readonly ClaimedWaitOrder[]; readonly gone: readonly string[] }> {
    const path = `/workers/${encodeURIComponent(session.sessionId)}/waits`;
    return claimWaitsAnswer.parse(await this.#json({ ...post(path, session.token, claim), timeoutMs: 30_000 }));
  }

  /** @throws PolyflowError `attempt_superseded` when nobody waits any more */
  async fireWait(session: SessionAccess, waitId: string, event: WaitEvent): Promise<void> {
    const path = `/workers/${encodeURIComponent(session.sessionId)}/waits/${encodeURIComponent(waitId)}/fire`;
    await this.#send(post(path, session.token, { event }));
  }

  /** Takes callbacks that are due. */
  async claimCallbacks(session: SessionAccess, claim: ClaimCallbacksRequest): Promise<readonly ClaimedCallback[]> {
    const path = `/workers/${encodeURIComponent(session.sessionId)}/callbacks`;
    return claimCallbacksAnswer.parse(await this.#json({ ...post(path, session.token, claim), timeoutMs: 30_000 })).run;
  }

  async pushXCom(attempt: AttemptAccess, key: string, value: unknown): Promise<void> {
    await this.#send({ ...post(attemptPath(attempt, "/xcoms"), attempt.token, { key, value }), timeoutMs: 30_000 });
  }

  async pullXCom(attempt: AttemptAccess, pull: XComPullQuery): Promise<PulledXCom> {
    const path = attemptPath(attempt, `/xcoms?${new URLSearchParams(pull).toString()}`);
    const { found, value } = xcomAnswer.parse(await this.#json({ ...get(path, attempt.token), timeoutMs: 30_000 }));
    return found ? { found, value } : { found };
  }

  /** @throws PolyflowError `asset_not_found` when the task has no such inlet */
  async inletEvents(attempt: AttemptAccess, name: string): Promise<readonly AssetEvent[]> {
    const path = attemptPath(attempt, `/asset-events?name=${encodeURIComponent(name)}`);
    return assetEventsAnswer.parse(await this.#json(get(path, attempt.token))).events;
  }

  async bundle(session: SessionAccess, hash: string): Promise<Buffer> {
    return this.#send({ ...get(`/bundles/${encodeURIComponent(hash)}`, session.token), timeoutMs: 30_000 });
  }

  async #json(request: HttpRequest): Promise<unknown> {
    const body = await this.#send(request);
    try {
      return JSON.parse(body.toString("utf8"));
    } catch (error) {
      throw unavailable(`${request.method} ${request.path} was answered with something that is not JSON`, error);
    }
  }

  async #send(request: HttpRequest): Promise<Buffer> {
    const answer = await this.#http.send(request).catch((error: unknown) => {
      throw error instanceof TransportError ? unavailable(error.message, error) : error;
    });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw errorOfAnswer(request, answer.status, answer.body.toString("utf8"));
  }
}

const TEMPORARY: ReadonlySet<ErrorCode> = new Set([
  "execution_api_unavailable",
  "database_unavailable",
  "xcom_unavailable",
  "too_many_requests",
  "internal",
]);

/** Whether the same call may succeed later: the server is away, overloaded or in trouble. */
export function isTemporary(error: unknown): boolean {
  return error instanceof PolyflowError && TEMPORARY.has(error.code);
}

/** Nothing is known about the effect of a call that has not been answered in time. */
async function inTime<Answer>(timeoutMs: number, call: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(unavailable(`no answer within ${timeoutMs} ms`, undefined)), timeoutMs);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function post(path: string, token: string, body: unknown): HttpRequest {
  return { method: "POST", path, token, body: JSON.stringify(body), timeoutMs: 10_000 };
}

function get(path: string, token: string): HttpRequest {
  return { method: "GET", path, token, timeoutMs: 10_000 };
}

function attemptPath(attempt: AttemptAccess, rest: string): string {
  return `/attempts/${encodeURIComponent(attempt.attemptId)}${rest}`;
}

function unavailable(what: string, cause: unknown): PolyflowError {
  return new PolyflowError("execution_api_unavailable", `The server's Execution API cannot be used now: ${what}.`, { cause });
}

function errorOfAnswer(request: HttpRequest, status: number, text: string): PolyflowError {
  const body = errorBody.safeParse(parseJson(text));
  const details = { status };
  if (body.success && isErrorCode(body.data.code)) return new PolyflowError(body.data.code, body.data.detail, { details });
  const detail = body.success ? body.data.detail : text.slice(0, 200);
  const message = `${request.method} ${request.path} was answered with status ${status}: ${detail}`;
  return new PolyflowError(status >= 500 || status === 429 ? "execution_api_unavailable" : codeOfStatus(status), message, { details });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "not_authenticated";
  if (status === 403) return "not_allowed";
  return status === 404 ? "not_found" : "request_invalid";
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** Undefined for what is not JSON: a proxy's error page, for example. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
