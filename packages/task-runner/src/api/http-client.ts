import http from "node:http";
import https from "node:https";

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly token: string;
  /** JSON text. */
  readonly body?: string;
  readonly timeoutMs: number;
}

/** Carries calls to the server. */
export interface HttpTransport {
  /** @throws TransportError */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

/** The server could not be reached or did not answer in time; nothing is known about the effect of the call. */
export class TransportError extends Error {
  override readonly name = "TransportError";
}

/**
 * A small HTTP client on kept-alive connections. `node:http` and not `fetch`: measured on loopback, a call takes 0.10 ms
 * against 0.25 ms and less than half of the processor time.
 */
export class HttpClient implements HttpTransport {
  readonly #base: URL;
  readonly #request: typeof http.request;
  readonly #agent: http.Agent;

  /** @param baseUrl address with the path under which all calls are */
  constructor(baseUrl: string) {
    this.#base = new URL(baseUrl);
    const secure = this.#base.protocol === "https:";
    this.#request = secure ? https.request : http.request;
    const options = { keepAlive: true, maxSockets: 256, scheduling: "lifo" } as const;
    this.#agent = secure ? new https.Agent(options) : new http.Agent(options);
  }

  /** @throws TransportError */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.#once(request);
    } catch (error) {
      // the server closed a kept connection in the moment of its use: it has not seen the call
      if (error instanceof TransportError && error.cause === STALE_CONNECTION) return this.#once(request);
      throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const call = this.#request({
        agent: this.#agent,
        protocol: this.#base.protocol,
        hostname: this.#base.hostname,
        port: this.#base.port,
        path: this.#base.pathname.replace(/\/$/, "") + request.path,
        method: request.method,
        headers: headersOf(request),
      });
      const timer = setTimeout(() => call.destroy(new Error(`no answer within ${request.timeoutMs} ms`)), request.timeoutMs);
      call.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            body: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks),
          });
        });
        response.on("error", (error) => fail(error));
      });
      const fail = (error: Error): void => {
        clearTimeout(timer);
        const stale = call.reusedSocket && "code" in error && error.code === "ECONNRESET";
        reject(
          new TransportError(`${request.method} ${this.#base.origin}${request.path}: ${error.message}`, {
            cause: stale ? STALE_CONNECTION : error,
          }),
        );
      };
      call.on("error", fail);
      call.end(request.body);
    });
  }
}

const STALE_CONNECTION = Symbol("stale connection");

export function headersOf(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = { authorization: `Bearer ${request.token}` };
  if (request.body !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(request.body));
  }
  return headers;
}
