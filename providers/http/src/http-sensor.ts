import { checkOptions, sensor, SENSOR_SETTINGS, type SensorTaskOptions, type TaskHandle } from "@polyflow/sdk";
import type { JsonValue } from "@polyflow/contracts";
import { type HttpReply, type HttpRequestOptions, isSuccess, type RequestFields, requestRules, sendRequest } from "./http.ts";

/** Options of `httpSensor`. */
export interface HttpSensorOptions<Value> extends SensorTaskOptions, HttpRequestOptions {
  /** Whether the answer says that it is there. Default: any status from 200 to 299. An answer of 404 is "not yet". */
  readonly check?: (reply: HttpReply) => boolean;
  /** What of the answer becomes the task's output. Default: its body. */
  readonly filter?: (reply: HttpReply) => Value;
}

const LIMITS = { tries: 1, maxBytes: 10_000_000 };

/**
 * Adds a task that waits until a web service answers as expected.
 *
 * @example
 * httpSensor({ id: "report_ready", connection: "crm", path: "reports/{{ ds }}", check: ({ body }) => (body as { state: string }).state === "ready", mode: "defer" });
 */
export function httpSensor<Value = JsonValue>(given: HttpSensorOptions<Value>): TaskHandle<Value> {
  const { connection, path, method = "GET", query = {}, headers = {}, body = null, check, filter, ...options } = given;
  const rules = { ...requestRules({ connection, path, method, query, headers }), check: [check, "function", "optional"] } as const;
  checkOptions(options, { ...rules, filter: [filter, "function", "optional"] }, SENSOR_SETTINGS);
  return sensor<Value, {}, RequestFields>({
    ...options,
    name: "http_sensor",
    details: { connection, method, path },
    fields: { path, query, headers, body },
    poke: async (context, _input, fields) => {
      const reply = await sendRequest(context, { connection, method, ...fields }, LIMITS);
      if (reply.status === 404) return false;
      if (check === undefined && !isSuccess(reply)) throw new Error(`${method} ${fields.path} answered ${reply.status}.`);
      if (!(check?.(reply) ?? true)) return false;
      // without a filter, Value is what the body is
      return { done: true, value: filter === undefined ? (reply.body as Value) : filter(reply) };
    },
  }) as TaskHandle<Value>;
}
