import { isJsonObject, type JsonObject, type JsonValue } from "@polyflow/contracts";
import { FailTask, operator, type TaskContext, type TaskHandle, type TaskOptions } from "@polyflow/sdk";
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
  /** Tries of the request within one try of the task, for failures that pass (429, 5xx, broken connections). Default 3 for GET and HEAD, 1 otherwise. */
  readonly tries?: number;
  /** Larger answers fail the task: load them with a source instead. In bytes, default 10 MB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 10_000_000;

/**
 * Adds a task that sends one HTTP request; the answer's body is its output.
 *
 * @example
 * const rate = http({ id: "rate", connection: "bank", path: "rates/{{ ds }}", filter: (reply) => (reply.body as { usd: string }).usd });
 */
export function http<Output = JsonValue>(given: HttpOptions<Output>): TaskHandle<Output> {
  const {
    connection,
    path,
    method = "GET",
    query = {},
    headers = {},
    body = null,
    check,
    filter,
    tries,
    maxBytes = MAX_BYTES,
    ...options
  } = given;
  const isRead = method === "GET" || method === "HEAD";
  return operator<Output, {}, RequestFields>({
    name: "http",
    options,
    details: { connection, method, path },
    fields: { path, query, headers, body },
    execute: async (_input, context, fields) => {
      const request = { connection, method, ...fields };
      const reply = await sendRequest(context, request, { tries: tries ?? (isRead ? 3 : 1), maxBytes });
      context.log.info(`${method} ${fields.path}: ${reply.status}`);
      if (!(check?.(reply) ?? isSuccess(reply))) throw refused(request, reply);
      // without a filter, Output is what the body is
      return filter === undefined ? (reply.body as Output) : filter(reply);
    },
  }) as TaskHandle<Output>;
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

function refused({ method, path }: HttpRequestOptions, { status, body }: HttpReply): Error {
  const shown = typeof body === "string" ? body : JSON.stringify(body satisfies JsonValue | JsonObject);
  const message = `${method ?? "GET"} ${path} answered ${status}, which is not what was expected: ${shown.slice(0, 500) || "(nothing)"}`;
  // a client's fault stays one, however often it is tried
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? new FailTask(message) : new Error(message);
}
