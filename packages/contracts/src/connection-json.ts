import { parseConnectionUri } from "./connection-uri.ts";
import { type ConnectionValues, normalConnectionType } from "./connection-values.ts";
import { PolyflowError } from "./errors.ts";
import { type JsonObject, type JsonValue, isJsonObject } from "./json.ts";

const KEYS = ["conn_type", "description", "host", "port", "login", "password", "schema", "extra"];

/**
 * Reads the JSON form of a connection, as Airflow writes it: `{"conn_type": "postgres", "host": "db", …}`; `extra` is an object, or
 * the text of one.
 * @throws PolyflowError `request_invalid` naming the key, never a value
 */
export function parseConnectionJson(text: string): ConnectionValues {
  const given = objectOf(text, "The connection's JSON");
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw invalid(`has the key "${unknown}"; possible are ${KEYS.join(", ")}`);
  const type = textOf(given, "conn_type");
  if (type === null) throw invalid("lacks `conn_type`, the connection's type");
  return {
    type: normalConnectionType(type),
    description: textOf(given, "description"),
    host: textOf(given, "host"),
    port: portOf(given["port"]),
    login: textOf(given, "login"),
    password: textOf(given, "password"),
    schema: textOf(given, "schema"),
    extra: extraOf(given["extra"]),
  };
}

/** Writes the JSON form; parts that are not there are left out. */
export function connectionJson(connection: ConnectionValues): string {
  const { type, extra, ...rest } = connection;
  const filled = KEYS.flatMap((key): [string, JsonValue][] => {
    const value = Object.entries(rest).find(([name]) => name === key)?.[1];
    return value === null || value === undefined ? [] : [[key, value]];
  });
  const object: JsonObject = { conn_type: type, ...Object.fromEntries(filled) };
  return JSON.stringify(Object.keys(extra).length === 0 ? object : { ...object, extra });
}

/** Reads either form: JSON where it begins with a brace, a URI otherwise. */
export function parseConnection(text: string): ConnectionValues {
  return text.trimStart().startsWith("{") ? parseConnectionJson(text) : parseConnectionUri(text);
}

function extraOf(value: JsonValue | undefined): JsonObject {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value === "string") return objectOf(value, "`extra` of the connection's JSON");
  if (isJsonObject(value)) return value;
  throw invalid("has an `extra` that is no object");
}

function portOf(value: JsonValue | undefined): number | null {
  if (value === undefined || value === null || value === "") return null;
  const port = typeof value === "string" ? Number(value) : value;
  if (typeof port === "number" && Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw invalid("has a `port` that is no whole number from 1 to 65535");
}

function textOf(given: JsonObject, key: string): string | null {
  const value = given[key];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  throw invalid(`has a \`${key}\` that is no text`);
}

function objectOf(text: string, what: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // the parser's message quotes the text, which holds a password
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (isJsonObject(parsed)) return parsed;
  throw new PolyflowError("request_invalid", `${what} is no JSON object.`);
}

function invalid(what: string): PolyflowError {
  return new PolyflowError("request_invalid", `The connection's JSON ${what}.`);
}
