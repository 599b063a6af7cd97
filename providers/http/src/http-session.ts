import { setTimeout as sleep } from "node:timers/promises";
import { PolyflowError } from "@polyflow/contracts";
import { type HttpAnswer, answerText, httpCall, reasonOf } from "@polyflow/sdk/runtime";
import { AccessToken } from "./access-token.ts";
import type { HttpEndpoint } from "./http-endpoint.ts";

/** One request to a service. */
export interface SessionRequest {
  /** Below the connection's address; or, from an answer, a whole address. */
  readonly path: string;
  readonly method?: string;
  readonly query?: { readonly [name: string]: string | number | boolean };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Tries after failures that pass. @default 1 */
  readonly tries?: number;
}

const MOST_REDIRECTS = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 60_000;
/** Longer waits than a service may ask for. */
const LONGEST_RETRY_AFTER_MS = 15 * 60_000;
const SHOWN_CHARACTERS = 500;
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A service, signed in as its connection says. Credentials go to the connection's own host alone. */
export class HttpSession {
  readonly #endpoint: HttpEndpoint;
  readonly #token: AccessToken;
  readonly #pauseMs: number;
  #nextAtMs = 0;

  /** @param requestsPerSecond at most so many; undefined for no limit */
  constructor(endpoint: HttpEndpoint, requestsPerSecond?: number) {
    this.#endpoint = endpoint;
    this.#token = new AccessToken(endpoint);
    this.#pauseMs = requestsPerSecond === undefined ? 0 : 1000 / requestsPerSecond;
  }

  /**
   * The answer, whatever its status; after the tries that are worth it.
   * @throws PolyflowError `external_system_failed` when there is none, `request_invalid` for addresses of other hosts
   */
  async send(request: SessionRequest): Promise<HttpAnswer> {
    const { signal, tries = 1 } = request;
    const url = this.#address(request.path, request.query);
    for (let attempt = 1; ; attempt++) {
      await this.#keepRate(signal);
      const answer = await this.#signedIn(url, request).catch((error: unknown) => {
        signal?.throwIfAborted();
        if (error instanceof PolyflowError || attempt >= tries) throw this.#unreachable(url, error);
        return undefined;
      });
      if (answer !== undefined && (!PASSING.has(answer.status) || attempt >= tries)) return answer;
      answer?.body.destroy();
      const delay = retryAfterMs(answer) ?? Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
      await sleep(delay, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** The answer's text. @throws PolyflowError `external_system_failed` for a status that is no success */
  async sendForText(request: SessionRequest, limitBytes: number): Promise<{ readonly text: string; readonly answer: HttpAnswer }> {
    const answer = await this.send(request);
    const text = await answerText(answer, limitBytes).catch((error: unknown) => {
      throw this.#unreachable(this.#address(request.path), error);
    });
    if (answer.status >= 200 && answer.status < 300) return { text, answer };
    throw this.failure(request, answer.status, text);
  }

  failure(request: SessionRequest, status: number, text: string): PolyflowError {
    const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
    return new PolyflowError(
      "external_system_failed",
      `${request.method ?? "GET"} ${shownAddress(this.#address(request.path))} of connection "${this.#endpoint.connectionId}" answered ${status}: ${shown.trim() || "(nothing)"}`,
    );
  }

  async #signedIn(url: URL, request: SessionRequest): Promise<HttpAnswer> {
    const answer = await this.#follow(url, request);
    if (answer.status !== 401 || this.#endpoint.auth !== "oauth2") return answer;
    answer.body.destroy();
    this.#token.forget();
    return this.#follow(url, request);
  }

  /** Redirects are followed for reading alone, and to hosts that the connection allows. */
  async #follow(start: URL, request: SessionRequest): Promise<HttpAnswer> {
    const { method = "GET", body, signal } = request;
    const { idleTimeoutMs, tls } = this.#endpoint;
    let url = start;
    for (let count = 0; ; count++) {
      const { address, headers } = await this.#withCredentials(url, request.headers ?? {});
      const optional = { ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
      const answer = await httpCall({ url: address, method, headers, idleTimeoutMs, tls, ...optional });
      const { location } = answer.headers;
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
      if (!isRedirect || (method !== "GET" && method !== "HEAD")) return answer;
      answer.body.destroy();
      if (count >= MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects`);
      url = this.#allowed(new URL(location, url));
    }
  }

  async #withCredentials(url: URL, given: { readonly [name: string]: string }) {
    const { auth, settings, headers: own } = this.#endpoint;
    const headers: { [name: string]: string } = { "accept-encoding": "gzip, deflate, br", ...lowerCased(given) };
    if (url.origin !== this.#endpoint.base.origin) return { address: url, headers };
    const address = new URL(url);
    Object.assign(headers, { ...own, ...headers });
    const secret = settings.text("password") ?? "";
    const keyName = settings.text("api_key_name") ?? "";
    if (auth === "basic") headers["authorization"] = `Basic ${Buffer.from(`${settings.text("login") ?? ""}:${secret}`).toString("base64")}`;
    if (auth === "bearer") headers["authorization"] = `Bearer ${secret}`;
    if (auth === "oauth2") headers["authorization"] = `Bearer ${await this.#token.value()}`;
    if (auth === "api_key_header") headers[keyName.toLowerCase()] = secret;
    if (auth === "api_key_query") address.searchParams.set(keyName, secret);
    return { address, headers };
  }

  #address(path: string, query: SessionRequest["query"] = {}): URL {
    const { base } = this.#endpoint;
    const url = /^https?:\/\//i.test(path) ? new URL(path) : new URL(path.replace(/^\/+/, ""), base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return this.#allowed(url);
  }

  /** An answer that leads elsewhere could make us ask hosts that only we can reach. */
  #allowed(url: URL): URL {
    const { base, allowedHosts, connectionId } = this.#endpoint;
    if (url.origin === base.origin) return url;
    const isAsSafe = url.protocol === "https:" || url.protocol === base.protocol;
    if (isAsSafe && allowedHosts.includes(url.host.toLowerCase())) return url;
    throw new PolyflowError(
      "request_invalid",
      `${shownAddress(url)} is not on the host of connection "${connectionId}" (${base.origin}). If it may be asked, name "${url.host}" in the connection's allowed_hosts.`,
    );
  }

  async #keepRate(signal: AbortSignal | undefined): Promise<void> {
    if (this.#pauseMs === 0) return;
    const now = performance.now();
    const at = Math.max(now, this.#nextAtMs);
    this.#nextAtMs = at + this.#pauseMs;
    if (at > now) await sleep(at - now, undefined, signal === undefined ? {} : { signal });
  }

  #unreachable(url: URL, error: unknown): PolyflowError {
    if (error instanceof PolyflowError) return error;
    return new PolyflowError(
      "external_system_failed",
      `${shownAddress(url)} of connection "${this.#endpoint.connectionId}" cannot be asked: ${reasonOf(error)}.`,
      {
        cause: error,
      },
    );
  }
}

/** Seconds, or a date. */
function retryAfterMs(answer: HttpAnswer | undefined): number | undefined {
  const given = answer?.headers["retry-after"];
  if (given === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(given) ? Number(given) * 1000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

/** Without the query: keys may be in it. */
function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function lowerCased(headers: { readonly [name: string]: string }): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
