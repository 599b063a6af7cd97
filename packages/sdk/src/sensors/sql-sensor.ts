import type { JsonObject, JsonValue } from "@polyflow/contracts";
import { checkOptions } from "../check-options.ts";
import { toJsonRows } from "../operators/json-rows.ts";
import type { AnyOutput, TaskHandle } from "../task-handle.ts";
import { sensor } from "./sensor.ts";
import { SENSOR_SETTINGS, type SensorTaskOptions } from "./sensor-settings.ts";

/** Options of `sqlSensor`. */
export interface SqlSensorOptions extends SensorTaskOptions {
  /** Id of the connection whose database is asked. */
  readonly connection: string;
  /** Its first row decides. Templates are rendered in it; values belong into `parameters`. */
  readonly statement: string;
  /** Values of `$1`, `$2`, …: constants, or outputs of other tasks. */
  readonly parameters?: readonly (JsonValue | AnyOutput)[];
  /** Whether a row says that it is there. Default: its first value is neither null, nor false, nor zero, nor an empty text. */
  readonly success?: (row: JsonObject) => boolean;
  /** No row at all fails the task. Default false: it means "not yet". */
  readonly failOnNoRows?: boolean;
}

/**
 * Adds a task that waits until a database answers as expected; the row is its output.
 *
 * @example
 * sqlSensor({ id: "day_closed", connection: "erp", statement: "select closed from days where day = $1", parameters: ["2026-01-31"], mode: "reschedule" });
 */
export function sqlSensor(given: SqlSensorOptions): TaskHandle<JsonObject> {
  const { connection, statement, parameters = [], success = isTruthy, failOnNoRows = false, ...options } = given;
  checkOptions(
    options,
    { connection: [connection, "text"], statement: [statement, "text"], parameters: [parameters, "list"], success: [success, "function"] },
    SENSOR_SETTINGS,
  );
  return sensor<JsonObject, { readonly [position: string]: unknown }, { readonly statement: string }>({
    ...options,
    name: "sql_sensor",
    details: { connection, statement },
    // named by position, so that each may be an output of a task
    inputs: Object.fromEntries(parameters.map((parameter, index) => [`$${index + 1}`, parameter])),
    fields: { statement },
    poke: async (context, values, fields) => {
      const session = await context.sql(connection);
      const rows = await session.query(
        fields.statement,
        parameters.map((_parameter, index) => values[`$${index + 1}`]),
      );
      const [row] = toJsonRows(rows.slice(0, 1));
      if (row === undefined && failOnNoRows) throw new Error("The statement of the sensor gave no row.");
      return row !== undefined && success(row) ? { done: true, value: row } : false;
    },
  });
}

function isTruthy(row: JsonObject): boolean {
  const [first = null] = Object.values(row);
  if (typeof first === "string") return first !== "" && !/^-?0+(\.0+)?$/.test(first);
  return first !== null && first !== false && first !== 0;
}
