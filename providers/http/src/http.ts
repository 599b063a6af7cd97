import { isJsonObject, type JsonObject, type JsonValue } from "@polyflow/contracts";
import { checkOptions, FailTask, operator, type OwnOptions, type TaskContext, type TaskHandle, type TaskOptions } from "@polyflow/sdk";
import { httpEndpoint } from "./http-endpoint.ts";
import { HttpSession, type SessionRequest } from "./http-session.ts";

/** One request of an author. */
export interface HttpRequestOptions {
  /** Id of the connection that leads to the service. */
  readonly connection: string;
  /** Below the connection's address. Templates are rendered in it, and in query, headers and body. */
  readonly path: string;
  /** Default GET. */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly query?: { readonly [name: string]: string | number | boolean };
  readonly headers?: { readonly [name: string]: string };
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: JsonValue;
}

/** What a service answered. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** Parsed where the answer is JSON, text otherwise. */
  readonly body: JsonValue;
}

/** Options of `http`. */
export interface HttpOptions<Output> extends TaskOptions, HttpRequestOptions {
  /** Which answers are good. Default: those with status 200 to 299. */
  readonly check?: (reply: HttpReply) => boolean;
  /** What of the answer becomes the task's output. Default: its body. */
  readonly filter?: (reply: HttpReply) => Output;
  /**
   * What the next page is asked with, from the last answer: changes to the request before it, or undefined after the last page. The output is
   * then the list of what `filter` takes of each page (by default their bodies).
   * @example nextPage: ({ body }) => ((body as { next?: string }).next === undefined ? undefined : { query: { cursor: (body as { next: string }).next } })
   */
  readonly nextPage?: (reply: HttpReply) => HttpPageChanges | undefined;
  /** More pages fail the task. Default 1000. */
  readonly maxPages?: number;
  /** Tries of the request within one try of the task, for failures that pass (429, 5xx, broken connections). Default 3 for GET and HEAD, 1 otherwise. */
  readonly tries?: number;
  /** Larger answers fail the task: load them with a source instead. In bytes, default 10 MB. */
  readonly maxBytes?: number;
}

/** What of a request changes from page to page. `query` and `headers` are laid over those before; a path may be a whole address on the same host. */
export interface HttpPageChanges {
  readonly path?: string;
  readonly query?: NonNullable<HttpRequestOptions["query"]>;
  readonly headers?: NonNullable<HttpRequestOptions["headers"]>;
  readonly body?: JsonValue;
}

const MAX_BYTES = 10_000_000;
const MAX_PAGES = 1_000;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const satisfies readonly HttpRequestOptions["method"][];

/**
 * Adds a task that sends one HTTP request; the answer's body is its output.
 *
 * @example
 * const rate = http({ id: "rate", connection: "bank", path: "rates/{{ ds }}", filter: (reply) => (reply.body as { usd: string }).usd });
 */
export function http<Output = JsonValue>(
  given: HttpOptions<Output> & { readonly nextPage: NonNullable<HttpOptions<Output>["nextPage"]> },
): TaskHandle<readonly Output[]>;
export function http<Output = JsonValue>(given: HttpOptions<Output>): TaskHandle<Output>;
export function http<Output = JsonValue>(given: HttpOptions<Output>): TaskHandle<Output> | TaskHandle<readonly Output[]> {
  const {
    connection,
    path,
    method = "GET",
    query = {},
    headers = {},
    body = null,
    check,
    filter,
    nextPage,
    maxPages = MAX_PAGES,
    tries,
    maxBytes = MAX_BYTES,
    ...options
  } = given;
  checkOptions(options, {
    ...requestRules({ connection, path, method, query, headers }),
    check: [check, "function", "optional"],
    filter: [filter, "function", "optional"],
    nextPage: [nextPage, "function", "optional"],
    maxPages: [maxPages, "count"],
    tries: [tries, "count", "optional"],
    maxBytes: [maxBytes, "count"],
  });
  const isRead = method === "GET" || method === "HEAD";
  return operator<Output | readonly Output[], {}, RequestFields>({
    name: "http",
    options,
    details: { connection, method, path },
    fields: { path, query, headers, body },
    execute: async (_input, context, fields) => {
      const ask = async (request: HttpRequestOptions): Promise<HttpReply> => {
        const reply = await sendRequest(context, request, { tries: tries ?? (isRead ? 3 : 1), maxBytes });
        context.log.info(`${method} ${request.path}: ${reply.status}`);
        if (check?.(reply) ?? isSuccess(reply)) return reply;
        throw refused(request, reply);
      };
      // without a filter, Output is what the body is
      const taken = (reply: HttpReply): Output => (filter === undefined ? (reply.body as Output) : filter(reply));
      const first = { connection, method, ...fields };
      if (nextPage === undefined) return taken(await ask(first));
      const pages: Output[] = [];
      for await (const reply of askPages(first, { ask, nextPage, maxPages })) pages.push(taken(reply));
      return pages;
    },
  }) as TaskHandle<Output> | TaskHandle<readonly Output[]>;
}

async function* askPages(
  first: HttpRequestOptions,
  {
    ask,
    nextPage,
    maxPages,
  }: {
    readonly ask: (request: HttpRequestOptions) => Promise<HttpReply>;
    readonly nextPage: (reply: HttpReply) => HttpPageChanges | undefined;
    readonly maxPages: number;
  },
): AsyncGenerator<HttpReply, void> {
  let request = first;
  for (let page = 1; ; page++) {
    const reply = await ask(request);
    yield reply;
    const changes = nextPage(reply);
    if (changes === undefined) return;
    if (page >= maxPages)
      throw new FailTask(
        `${request.path} of connection "${first.connection}" has more than ${maxPages} pages. Raise maxPages, or load it with a source.`,
      );
    request = {
      ...request,
      ...changes,
      query: { ...request.query, ...changes.query },
      headers: { ...request.headers, ...changes.headers },
    };
  }
}

/** What the options of a request have to be. */
export function requestRules({ connection, path, method, query, headers }: Omit<HttpRequestOptions, "body">): OwnOptions {
  return {
    connection: [connection, "text"],
    path: [path, "text"],
    method: [method, METHODS],
    query: [query, "object"],
    headers: [headers, "object"],
  };
}

/** What of a request is rendered. */
export interface RequestFields {
  readonly path: string;
  readonly query: NonNullable<HttpRequestOptions["query"]>;
  readonly headers: NonNullable<HttpRequestOptions["headers"]>;
  readonly body: JsonValue;
}

export function isSuccess({ status }: HttpReply): boolean {
  return status >= 200 && status < 300;
}

/** Sends a request as its connection says; the answer whatever its status. */
export async function sendRequest(
  context: Pick<TaskContext, "connection" | "signal">,
  { connection, path, method = "GET", query = {}, headers = {}, body = null }: HttpRequestOptions,
  limits: { readonly tries: number; readonly maxBytes: number },
): Promise<HttpReply> {
  const { answerText } = await import("@polyflow/sdk/runtime");
  const session = new HttpSession(httpEndpoint(await context.connection(connection)));
  const request: SessionRequest = {
    path,
    method,
    query,
    headers: typed(headers, body),
    tries: limits.tries,
    signal: context.signal,
    ...bodyOf(body),
  };
  const answer = await session.send(request);
  const text = await answerText(answer, limits.maxBytes);
  const given = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return { status: answer.status, headers: Object.fromEntries(given), body: replyBody(answer.headers["content-type"] ?? "", text) };
}

function typed(headers: { readonly [name: string]: string }, body: JsonValue): { readonly [name: string]: string } {
  if (body === null) return headers;
  return { "content-type": typeof body === "string" ? "text/plain; charset=utf-8" : "application/json", ...headers };
}

function bodyOf(body: JsonValue): { readonly body?: string } {
  if (body === null) return {};
  return { body: typeof body === "string" ? body : JSON.stringify(body) };
}

function replyBody(contentType: string, text: string): JsonValue {
  if (!/\bjson\b/i.test(contentType)) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    return isJson(parsed) ? parsed : text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** All that JSON.parse gives is JSON. */
function isJson(value: unknown): value is JsonValue {
  return value === null || typeof value !== "object" || Array.isArray(value) || isJsonObject(value);
}

function refused({ connection, method, path }: HttpRequestOptions, { status, body }: HttpReply): Error {
  const shown = typeof body === "string" ? body : JSON.stringify(body satisfies JsonValue | JsonObject);
  const message = `${method ?? "GET"} ${path} of connection "${connection}" answered ${status}, which is not what was expected: ${shown.slice(0, 500) || "(nothing)"}${status === 401 || status === 403 ? `. See how the connection signs in: polyflow connections get ${connection}` : ""}`;
  // a client's fault stays one, however often it is tried
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? new FailTask(message) : new Error(message);
}
