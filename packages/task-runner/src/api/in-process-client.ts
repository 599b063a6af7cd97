import type { LogLine } from "@polyflow/contracts";
import type { AttemptOutcome, StartedAttempt } from "@polyflow/contracts/wire";
import { type HttpAnswer, type HttpRequest, type HttpTransport, headersOf, TransportError } from "./http-client.ts";

/** A call of the Execution API as it would travel by HTTP. */
export interface ServerCall {
  readonly method: HttpRequest["method"];
  /** Path with the base path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

/** Hands a call to the server in this process, which treats it as one that came by HTTP: the same routes, the same check of the token. */
export type CallServer = (call: ServerCall) => Promise<HttpAnswer>;

/**
 * The calls that every attempt makes, of a server in this process: with the same tokens and checks, without HTTP.
 * All reject with PolyflowError, with the code that the route would answer.
 */
export interface NearAttemptCalls {
  start(token: string, attemptId: string, claim: { readonly sessionId: string; readonly again: boolean }): Promise<StartedAttempt>;
  finish(token: string, attemptId: string, outcome: AttemptOutcome): Promise<void>;
  appendLogs(token: string, attemptId: string, lines: readonly LogLine[]): Promise<void>;
}

/** Calls without a socket, for a worker in the server's own process: a call costs about half of what it costs on loopback. */
export class InProcessClient implements HttpTransport {
  readonly #basePath: string;
  readonly #call: CallServer;

  /** @param baseUrl address at which others reach the same API; its path is put before those of the calls */
  constructor(baseUrl: string, call: CallServer) {
    this.#basePath = new URL(baseUrl).pathname.replace(/\/$/, "");
    this.#call = call;
  }

  /** @throws TransportError when there is no answer in time, or the server is closed */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path, body, timeoutMs } = request;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const call = { method, path: this.#basePath + path, headers: headersOf(request), ...(body === undefined ? {} : { body }) };
    try {
      return await Promise.race([this.#call(call), late.promise]);
    } catch (error) {
      throw new TransportError(`${method} ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    // Nothing is kept open.
  }
}
