import type { JsonObject, JsonValue, LoadReport, LogLine } from "@polyflow/contracts";
import {
  appendLogsRequest,
  attemptOutcome,
  claimCallbacksRequest,
  claimWaitsRequest,
  fireWaitRequest,
  renderedFieldsRequest,
  heartbeatRequest,
  registerWorkerRequest,
  startAttemptRequest,
} from "@polyflow/contracts/wire";
import type { AttemptOutcome, CallbackOrder, ConnectionSecret, StartedAttempt, WaitEvent, WaitTrigger } from "@polyflow/contracts/wire";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An attempt as the server knows it. */
export interface ApiAttempt {
  readonly id: string;
  readonly answer: Omit<StartedAttempt, "token">;
  readonly token: string;
  state: "queued" | "running" | "finished" | "superseded";
  sessionId: string | undefined;
  outcome: AttemptOutcome | undefined;
  readonly lines: LogLine[];
  readonly loadReports: LoadReport[];
  renderedFields: JsonObject | undefined;
}

/** A deferred task instance as the server knows it. */
export interface ApiWait {
  readonly id: string;
  readonly attempt: ApiAttempt;
  readonly trigger: WaitTrigger;
  readonly state: JsonValue | undefined;
  sessionId: string | undefined;
  event: WaitEvent | undefined;
}

/** A callback as the server knows it. */
export interface ApiCallback {
  readonly attempt: ApiAttempt;
  readonly order: CallbackOrder;
}

interface Reply {
  readonly status: number;
  readonly body?: JsonValue | Buffer;
}

interface Call {
  readonly method: string;
  readonly path: readonly string[];
  readonly token: string;
  readonly body: unknown;
}

const WORKER_KEY = "test-worker-key";

/** The Execution API over HTTP with its state in memory: claims by compare-and-set, tokens checked, sessions that can be closed. */
export class ExecutionApiDouble {
  readonly workerKey: string = WORKER_KEY;
  readonly attempts = new Map<string, ApiAttempt>();
  readonly connections = new Map<string, ConnectionSecret>();
  readonly variables = new Map<string, string>();
  readonly waits = new Map<string, ApiWait>();
  readonly callbacks: ApiCallback[] = [];
  readonly bundles = new Map<string, Buffer>();
  readonly calls: string[] = [];
  /** Waits that were said to be over, as often as that was said. */
  readonly fires: string[] = [];
  heartbeatIntervalMs = 100;
  /** Calls that answer 503, as when the server's database is away. */
  unavailable: (call: string) => boolean = () => false;
  /** Outcomes answered with 413, as when a body is too large. */
  refuseOutcome: (outcome: AttemptOutcome) => boolean = () => false;
  #sessions = new Map<string, string>();
  #waiters: (() => void)[] = [];
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/execution/v1`;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens any more; open connections are cut. `listen` brings the server back at the same address. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  addBundle(code: string): string {
    const bytes = Buffer.from(code);
    const hash = createHash("sha256").update(bytes).digest("hex");
    this.bundles.set(hash, bytes);
    return hash;
  }

  /** A queued attempt. */
  queue(attempt: Partial<StartedAttempt> & { readonly bundleHash: string; readonly taskId: string }): ApiAttempt {
    const id = randomUUID();
    const now = new Date(0).toISOString();
    const queued: ApiAttempt = {
      id,
      token: `attempt-token-${randomUUID()}`,
      answer: {
        attemptId: id,
        taskInstanceId: randomUUID(),
        dagId: "dag",
        runId: "run",
        mapIndex: -1,
        tryNumber: 1,
        maxTries: 3,
        runType: "manual",
        logicalDate: now,
        dataIntervalStart: now,
        dataIntervalEnd: now,
        runAfter: now,
        params: {},
        conf: {},
        inputs: {},
        bundleName: "project",
        isolation: "process",
        executionTimeoutMs: null,
        ...attempt,
      },
      state: "queued",
      sessionId: undefined,
      outcome: undefined,
      lines: [],
      loadReports: [],
      renderedFields: undefined,
    };
    this.attempts.set(id, queued);
    return queued;
  }

  /** A wait that nobody watches yet. */
  defer(attempt: ApiAttempt, trigger: WaitTrigger, state?: JsonValue): ApiWait {
    const wait: ApiWait = { id: randomUUID(), attempt, trigger, state, sessionId: undefined, event: undefined };
    this.waits.set(wait.id, wait);
    return wait;
  }

  /** A callback that nobody has taken yet; its attempt is as good as one of a task. */
  addCallback(attempt: ApiAttempt, order: Partial<CallbackOrder> = {}): ApiCallback {
    const callback: ApiCallback = {
      attempt,
      order: {
        kind: "failure",
        function: 0,
        name: "tell",
        taskId: "task",
        mapIndex: -1,
        tryNumber: 2,
        maxTries: 2,
        state: "failed",
        error: "no space left",
        at: new Date(0).toISOString(),
        startDate: null,
        endDate: null,
        failedTasks: [],
        runState: "running",
        deadline: null,
        ...order,
      },
    };
    this.callbacks.push(callback);
    return callback;
  }

  supersede(attempt: ApiAttempt): void {
    attempt.state = "superseded";
  }

  closeSessions(): void {
    this.#sessions.clear();
  }

  /** Resolves as soon as the condition holds after a call; rejects at the deadline. */
  async until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`not within ${timeoutMs} ms: ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 50));
        this.#waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const path = (request.url ?? "").split("/").slice(3).map(decodeURIComponent);
    const call: Call = {
      method: request.method ?? "",
      path,
      token: (request.headers.authorization ?? "").replace("Bearer ", ""),
      body: text === "" ? undefined : JSON.parse(text),
    };
    const name = `${call.method} ${call.path[0]} ${call.path[2] ?? ""}`.trim();
    this.calls.push(name);
    const reply = this.unavailable(name) ? refuse(503, "database_unavailable") : this.#answer(call);
    const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(JSON.stringify(reply.body ?? {}));
    response.writeHead(reply.status, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #answer(call: Call): Reply {
    const [kind] = call.path;
    if (kind === "workers") return this.#worker(call);
    if (kind === "bundles") return this.#bundle(call);
    return kind === "attempts" ? this.#attempt(call) : refuse(404, "not_found");
  }

  #worker({ method, path, token, body }: Call): Reply {
    const [, sessionId, action] = path;
    if (sessionId === undefined) {
      if (token !== WORKER_KEY) return refuse(401, "not_authenticated");
      registerWorkerRequest.parse(body);
      const session = { sessionId: randomUUID(), token: randomUUID() };
      this.#sessions.set(session.sessionId, session.token);
      return { status: 201, body: { ...session, heartbeatIntervalMs: this.heartbeatIntervalMs } };
    }
    if (this.#sessions.get(sessionId) !== token) return refuse(409, "worker_lost");
    if (method === "DELETE") {
      this.#sessions.delete(sessionId);
      return { status: 204 };
    }
    if (action === "waits") return this.#waits(sessionId, path, body);
    if (action === "callbacks") return this.#takeCallbacks(sessionId, body);
    if (action !== "heartbeat") return refuse(404, "not_found");
    const { attemptIds } = heartbeatRequest.parse(body);
    return { status: 200, body: { cancel: attemptIds.filter((id) => this.attempts.get(id)?.state === "superseded") } };
  }

  #takeCallbacks(sessionId: string, body: unknown): Reply {
    const { attemptIds, capacity } = claimCallbacksRequest.parse(body);
    const free = this.callbacks.filter(
      ({ attempt }) =>
        attempt.state === "queued" ||
        (attempt.state === "running" && !attemptIds.includes(attempt.id) && !this.#sessions.has(attempt.sessionId ?? "")),
    );
    const run = free.slice(0, capacity).map(({ attempt, order }) => {
      attempt.state = "running";
      attempt.sessionId = sessionId;
      return { attempt: { ...attempt.answer, token: attempt.token }, callback: order };
    });
    return { status: 200, body: { run } as unknown as JsonObject };
  }

  #waits(sessionId: string, [, , , waitId, fire]: readonly string[], body: unknown): Reply {
    if (fire === "fire") {
      const wait = this.waits.get(waitId ?? "");
      this.fires.push(waitId ?? "");
      if (wait?.sessionId !== sessionId || wait.event !== undefined) return refuse(409, "attempt_superseded");
      wait.event = fireWaitRequest.parse(body).event;
      return { status: 204 };
    }
    const { waitIds, capacity } = claimWaitsRequest.parse(body);
    const isOpen = (wait: ApiWait): boolean => wait.event === undefined;
    const free = [...this.waits.values()].filter(
      (wait) => isOpen(wait) && !waitIds.includes(wait.id) && (wait.sessionId === sessionId || !this.#sessions.has(wait.sessionId ?? "")),
    );
    const watch = free.slice(0, capacity).map((wait) => {
      wait.sessionId = sessionId;
      const { id, trigger, state, attempt } = wait;
      return {
        waitId: id,
        trigger,
        elapsedMs: 0,
        attempt: { ...attempt.answer, token: attempt.token },
        ...(state === undefined ? {} : { state }),
      };
    });
    const gone = waitIds.filter((id) => {
      const wait = this.waits.get(id);
      return wait === undefined || !isOpen(wait) || wait.sessionId !== sessionId;
    });
    return { status: 200, body: { watch, gone } as unknown as JsonObject };
  }

  #bundle({ path, token }: Call): Reply {
    if (![...this.#sessions.values()].includes(token)) return refuse(401, "not_authenticated");
    const bundle = this.bundles.get(path[1] ?? "");
    return bundle === undefined ? refuse(404, "not_found") : { status: 200, body: bundle };
  }

  #attempt(call: Call): Reply {
    const [, id = "", action, name = ""] = call.path;
    const attempt = this.attempts.get(id);
    if (attempt === undefined) return refuse(404, "not_found");
    if (action === "start") return this.#start(attempt, call);
    if (call.token !== attempt.token) return refuse(401, "not_authenticated");
    switch (action ?? "") {
      case "finish":
        return this.refuseOutcome(attemptOutcome.parse(call.body))
          ? refuse(413, "request_invalid", "too large")
          : finish(attempt, call.body);
      case "logs":
        attempt.lines.push(...appendLogsRequest.parse(call.body).lines);
        return { status: 204 };
      case "load-reports":
        attempt.loadReports.push(call.body as LoadReport);
        return { status: 204 };
      case "rendered-fields":
        attempt.renderedFields = renderedFieldsRequest.parse(call.body).fields as JsonObject;
        return { status: 204 };
      default:
        return this.#secret(action, name);
    }
  }

  #secret(kind: string | undefined, name: string): Reply {
    const connection = this.connections.get(name);
    const value = this.variables.get(name);
    if (kind === "connections") {
      return connection === undefined
        ? refuse(404, "connection_not_found", `There is no connection "${name}".`)
        : { status: 200, body: connection as unknown as JsonObject };
    }
    if (kind !== "variables") return refuse(404, "not_found");
    return value === undefined
      ? refuse(404, "variable_not_found", `There is no variable "${name}".`)
      : { status: 200, body: { key: name, value } };
  }

  #start(attempt: ApiAttempt, { body, token }: Call): Reply {
    const { sessionId, again } = startAttemptRequest.parse(body);
    if (this.#sessions.get(sessionId) !== token) return refuse(409, "worker_lost");
    const isItsOwn = again === true && attempt.state === "running" && attempt.sessionId === sessionId;
    if (attempt.state !== "queued" && !isItsOwn) return refuse(409, "attempt_superseded");
    attempt.state = "running";
    attempt.sessionId = sessionId;
    return { status: 200, body: { ...attempt.answer, token: attempt.token } as unknown as JsonObject };
  }
}

function finish(attempt: ApiAttempt, body: unknown): Reply {
  if (attempt.state !== "running") return refuse(409, "attempt_superseded");
  attempt.outcome = attemptOutcome.parse(body);
  attempt.state = "finished";
  return { status: 200 };
}

function refuse(status: number, code: string, detail = code): Reply {
  return { status, body: { code, detail } };
}
