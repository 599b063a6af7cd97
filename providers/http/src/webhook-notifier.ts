import type { JsonValue } from "@polyflow/contracts";
import { type Callback, callback, type CallbackOptions } from "@polyflow/sdk";
import { type HttpRequestOptions, isSuccess, sendRequest } from "./http.ts";

/** Options of `webhookNotifier`. */
export interface WebhookOptions extends CallbackOptions {
  /** Id of the connection that leads to the service: its address, its sign-in, secrets in its path. */
  readonly connection: string;
  /** Below the connection's address; default none. Templates are rendered in it, and in headers and body. */
  readonly path?: string;
  /** Default POST. */
  readonly method?: "POST" | "PUT" | "PATCH";
  readonly headers?: HttpRequestOptions["headers"];
  /** Text is sent as it is, anything else as JSON. Default: what happened, as an object. */
  readonly body?: JsonValue;
}

const WHAT_HAPPENED = {
  event: "{{ event }}",
  dag_id: "{{ dag.dag_id }}",
  run_id: "{{ run_id }}",
  task_id: "{{ task_id }}",
  try_number: "{{ try_number }}",
  state: "{{ state }}",
  error: "{{ error }}",
  failed_tasks: "{{ failed_tasks | join(',') }}",
};
const LIMITS = { tries: 1, maxBytes: 1_000_000 };

/**
 * A callback that tells a web service: a chat, a ticket system, a monitoring. Called again three times when the service does not take it.
 *
 * @example
 * dag({ id: "nightly", onFailure: webhookNotifier({ connection: "chat", body: { text: "{{ dag.dag_id }} failed: {{ failed_tasks | join(', ') }}" } }) }, …)
 */
export function webhookNotifier(given: WebhookOptions): Callback {
  const { connection, path = "", method = "POST", headers = {}, body = WHAT_HAPPENED, ...options } = given;
  return callback({ name: `webhook ${connection}`, retries: 3, retryDelay: "30s", timeout: "2m", ...options }, async (context) => {
    const rendered = await context.render({ path, headers: { ...headers }, body });
    const request = { connection, method, path: rendered.path, headers: rendered.headers, body: rendered.body };
    const reply = await sendRequest(context, request, LIMITS);
    if (!isSuccess(reply)) throw new Error(`${method} ${rendered.path} of connection "${connection}" answered ${reply.status}.`);
    context.log.info(`Told the service of connection "${connection}": ${reply.status}.`);
  });
}
