import { type ConnectionValues, emptyConnection, normalConnectionType } from "./connection-values.ts";
import { PolyflowError } from "./errors.ts";
import { type JsonObject, isJsonObject } from "./json.ts";

/** Parameter that carries `extra` whole, where its values are more than texts. */
const WHOLE_EXTRA = "__extra__";
const SHAPE = /^([a-z][a-z0-9+._-]*):\/\/([^?#]*)(?:\?(.*))?$/is;

/**
 * Reads the URI form of a connection, as Airflow writes it: `type://login:password@host:port/schema?name=value`. All parts are
 * percent-encoded; parameters are the texts of `extra`, or `__extra__` holds all of it as JSON. A host may carry a protocol of its own:
 * `http://https://host`.
 * @throws PolyflowError `request_invalid`, without the URI's text: it holds a password
 * @example parseConnectionUri("postgres://user:p%40ss@db:5432/warehouse?sslmode=require").password // "p@ss"
 */
export function parseConnectionUri(uri: string): ConnectionValues {
  const match = SHAPE.exec(uri.trim());
  if (match === null) throw invalid("it has to look like type://login:password@host:port/schema");
  const [, type = "", rest = "", query = ""] = match;
  const { protocol, remainder } = splitProtocol(rest);
  const slash = remainder.indexOf("/");
  const authority = slash < 0 ? remainder : remainder.slice(0, slash);
  const at = authority.lastIndexOf("@");
  const { host, port } = hostAndPort(authority.slice(at + 1));
  const user = at < 0 ? "" : authority.slice(0, at);
  const colon = user.indexOf(":");
  return {
    ...emptyConnection(normalConnectionType(type)),
    host: host === null || protocol === undefined ? host : `${protocol}://${host}`,
    port,
    login: filled(decode(colon < 0 ? user : user.slice(0, colon), "login")),
    password: colon < 0 ? null : filled(decode(user.slice(colon + 1), "password")),
    schema: slash < 0 ? null : filled(decode(remainder.slice(slash + 1), "schema")),
    extra: extraOf(query),
  };
}

/**
 * Writes the URI form that `parseConnectionUri` (and Airflow) reads back to the same connection; a description has no place in it.
 * @example connectionUri({ ...emptyConnection("postgres"), host: "db", port: 5432 }) // "postgres://db:5432"
 */
export function connectionUri(connection: Omit<ConnectionValues, "description">): string {
  const { type, login, password, port, schema, extra } = connection;
  const [protocol, host] = connection.host?.includes("://") === true ? connection.host.split("://", 2) : [undefined, connection.host];
  const user = `${encode(login)}${password === null ? "" : `:${encode(password)}`}`;
  const authority = user === "" ? "" : `${user}@`;
  const place = `${encode(host ?? null)}${port === null ? "" : `:${port}`}`;
  const start = `${type.toLowerCase().replaceAll("_", "-")}://${protocol === undefined ? "" : `${protocol}://`}`;
  // a port alone would be read as a password
  const address = `${start}${authority === "" && place.startsWith(":") ? "@" : authority}${place}${schema === null ? "" : `/${encode(schema)}`}`;
  if (Object.keys(extra).length === 0) return address;
  return `${address}${schema === null ? "/" : ""}?${extraQuery(extra)}`;
}

function splitProtocol(rest: string): { readonly protocol: string | undefined; readonly remainder: string } {
  const parts = rest.split("://");
  if (parts.length > 2) throw invalid("it has more than two `://`; percent-encode those that belong to a value");
  const [first = "", second] = parts;
  if (second === undefined) return { protocol: undefined, remainder: rest };
  if (/[@:/]/.test(first)) throw invalid("user and password stand before the second `://`; they belong after it");
  return { protocol: first, remainder: second };
}

function hostAndPort(text: string): { readonly host: string | null; readonly port: number | null } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(text);
  if (match === null) throw invalid("host and port have to look like host:5432; percent-encode colons that belong to the host");
  const [, host = "", port = ""] = match;
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  const number = port === "" ? null : Number(port);
  if (number !== null && number > 65_535) throw invalid(`the port is ${port}; the greatest is 65535`);
  return { host: filled(decode(bare, "host")), port: number };
}

function extraOf(query: string): JsonObject {
  const parameters = new URLSearchParams(query);
  const whole = parameters.get(WHOLE_EXTRA);
  if (whole === null) return Object.fromEntries(parameters);
  try {
    const parsed: unknown = JSON.parse(whole);
    if (isJsonObject(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid("its parameter __extra__ is no JSON object");
}

/** Texts as parameters, where they come back the same; all of it as JSON otherwise. */
function extraQuery(extra: JsonObject): string {
  const entries = Object.entries(extra);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const isPlain = texts.length === entries.length && !(WHOLE_EXTRA in extra);
  return new URLSearchParams(isPlain ? texts : [[WHOLE_EXTRA, JSON.stringify(extra)]]).toString();
}

function encode(part: string | null): string {
  // what encodeURIComponent leaves, but other readers of such addresses take for structure
  return encodeURIComponent(part ?? "").replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw invalid(`its ${part} has a % that begins no escape; write %25 for the character itself`, error);
  }
}

function filled(text: string): string | null {
  return text === "" ? null : text;
}

function invalid(why: string, cause?: unknown): PolyflowError {
  return new PolyflowError("request_invalid", `The connection's URI cannot be read: ${why}.`, cause === undefined ? {} : { cause });
}
