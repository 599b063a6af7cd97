import { identifier } from "../sql-text.ts";
import { mssqlDialect } from "../target/strategy/mssql-dialect.ts";

export interface GrantsRequest {
  /** The role that gets the rights. */
  readonly role: string;
  /** @default "df" */
  readonly systemSchema?: string;
  /** Schemas of entities and models. */
  readonly targetSchemas: readonly string[];
  /** `read`: look at system tables and loaded data; `load`: also load by this role. @default "read" */
  readonly purpose?: "read" | "load";
  /** @default "postgres" */
  readonly database?: "postgres" | "mssql";
}

/**
 * A script that gives a further user of the warehouse the rights it needs, for an administrator to read and run.
 * @example grantsScript({ role: "analyst", targetSchemas: ["sales"] });
 */
export function grantsScript(request: GrantsRequest): string {
  return request.database === "mssql" ? mssqlScript(request) : postgresScript(request);
}

/** Of SQL Server; `go` ends a batch, as sqlcmd and Management Studio have it. */
function mssqlScript({ role, systemSchema = "df", targetSchemas, purpose = "read" }: GrantsRequest): string {
  const { identifier: quoted, literal } = mssqlDialect;
  const to = `to ${quoted(role)}`;
  const lines = [
    `-- Rights of ${quoted(role)} to ${purpose === "read" ? "look at" : "load"} data of Polyflow; run as a member of db_owner.`,
  ];
  for (const schema of [systemSchema, ...new Set(targetSchemas.filter((name) => name !== systemSchema))]) {
    const place = `on schema::${quoted(schema)}`;
    lines.push("", `if schema_id(${literal(schema)}) is null exec(${literal(`create schema ${quoted(schema)}`)});`, "go");
    lines.push(`grant ${purpose === "load" ? "select, insert, update, delete, alter" : "select"} ${place} ${to};`);
  }
  if (purpose === "load") lines.push("", "-- Loads make the tables of entities where they are missing.", `grant create table ${to};`);
  return `${lines.join("\n")}\ngo\n`;
}

function postgresScript({ role, systemSchema = "df", targetSchemas, purpose = "read" }: GrantsRequest): string {
  const to = `to ${identifier(role)}`;
  const lines = [
    `-- Rights of ${identifier(role)} to ${purpose === "read" ? "look at" : "load"} data of Polyflow; run as the owner of the schemas.`,
  ];
  for (const schema of [systemSchema, ...new Set(targetSchemas.filter((name) => name !== systemSchema))]) {
    const name = identifier(schema);
    const tables = purpose === "load" ? "select, insert, update, delete" : "select";
    lines.push(
      "",
      `create schema if not exists ${name};`,
      `grant usage${purpose === "load" ? ", create" : ""} on schema ${name} ${to};`,
      `grant ${tables} on all tables in schema ${name} ${to};`,
      `alter default privileges in schema ${name} grant ${tables} on tables ${to};`,
    );
    if (purpose === "load" && schema === systemSchema) lines.push(`grant execute on all functions in schema ${name} ${to};`);
  }
  if (purpose === "load")
    lines.push("", "-- Staging and incoming rows lie in temporary tables.", `grant temporary on database :"DBNAME" ${to};`);
  return `${lines.join("\n")}\n`;
}
