import { type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { Connection } from "../task-context.ts";
import type { ConnectionField, ConnectionTypeDescription } from "./provider-description.ts";

/** The settings of a connection, read by the form of its type. */
export interface ConnectionSettings {
  /** Text of a setting in `extra`, or its default. */
  text(name: string): string | undefined;
  /** @throws PolyflowError `config_invalid` for what is no number greater than 0 */
  number(name: string): number | undefined;
  flag(name: string): boolean;
  /** @throws PolyflowError `config_invalid` when there is none */
  require(name: string): string;
}

/**
 * Reads the fields and `extra` of a connection by the form that its provider describes. What the form does not have is refused: a
 * misspelt setting must not silently mean "no verification".
 * @throws PolyflowError `config_invalid` naming the connection, the setting and what is possible
 */
export function connectionSettings(connection: Connection, type: ConnectionTypeDescription): ConnectionSettings {
  const settings = new Map(type.fields.map((each) => [each.name, { each, value: written(connection, each) }]));
  const known = type.fields.filter((each) => each.place === "extra").map((each) => each.name);
  const unknown = Object.keys(connection.extra).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const has = known.length === 0 ? "there are none" : `there are: ${known.join(", ")}`;
    throw invalid(connection, `has the setting "${unknown}" in extra, which the type ${type.type} does not have; ${has}`);
  }
  for (const { each, value } of settings.values()) check(connection, each, value);
  const text = (name: string): string | undefined => settings.get(name)?.value ?? settings.get(name)?.each.default;
  return {
    text,
    number: (name) => (text(name) === undefined ? undefined : Number(text(name))),
    flag: (name) => isTrue(text(name) ?? ""),
    require: (name) => {
      const value = text(name);
      if (value === undefined) throw invalid(connection, `lacks "${name}", which the type ${type.type} needs`);
      return value;
    },
  };
}

function written(connection: Connection, { name, place }: ConnectionField): string | undefined {
  const value: JsonValue | undefined = place === "extra" ? connection.extra[name] : partOf(connection, name);
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function partOf(connection: Connection, name: string): string | number | null {
  const { host, port, login, password, schema } = connection;
  return new Map<string, string | number | null>(Object.entries({ host, port, login, password, schema })).get(name) ?? null;
}

function check(connection: Connection, { name, kind, required, choices }: ConnectionField, value: string | undefined): void {
  if (value === undefined) {
    if (required === true) throw invalid(connection, `lacks "${name}", which the type ${connection.type} needs`);
    return;
  }
  if (kind === "number" && !(Number(value) > 0 && Number.isFinite(Number(value))))
    throw invalid(connection, `has "${value}" as ${name}; write a number greater than 0`);
  if (kind === "boolean" && !isTrue(value) && !["false", "0", "no"].includes(value.toLowerCase()))
    throw invalid(connection, `has "${value}" as ${name}; write true or false`);
  if (choices !== undefined && !choices.includes(value))
    throw invalid(connection, `has "${value}" as ${name}; possible are ${choices.join(", ")}`);
}

function isTrue(text: string): boolean {
  return ["true", "1", "yes"].includes(text.toLowerCase());
}

function invalid(connection: Connection, what: string): PolyflowError {
  return new PolyflowError("config_invalid", `Connection "${connection.connectionId}" ${what}.`);
}
