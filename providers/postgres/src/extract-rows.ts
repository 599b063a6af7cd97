// oxlint-disable-next-line typescript/triple-slash-reference -- the types must reach whoever compiles this file
/// <reference path="./pg-copy-streams.d.ts" />
import { PolyflowError } from "@polyflow/contracts";
import type { Extract, ExtractRequest } from "@polyflow/sdk";
import {
  type ExtractDialect,
  extractOf,
  extractStatement,
  mergePieces,
  planSqlExtract,
  type SqlExtractPlan,
  wholeRecords,
} from "@polyflow/sdk/runtime";
import { type Client, types } from "pg";
import { explainSqlError } from "./sql-error.ts";

const DIALECT: ExtractDialect = {
  identifier: (name) => `"${name.replaceAll('"', '""')}"`,
  // the server takes a text without a type for what the column is
  literal: (text) => `'${text.replaceAll("'", "''")}'`,
  asText: (expression) => `(${expression})::text`,
};

/** Settings that make a text mean the same on every server. */
const SESSION = "set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set standard_conforming_strings = on";

/**
 * Reads a table or a query by COPY: the server itself writes the CSV. Several parts are read at once from one snapshot, so that all of
 * them show the same moment.
 */
export async function extractRows(connect: () => Promise<Client>, request: ExtractRequest): Promise<Extract> {
  const { source, signal } = request;
  if (source.kind !== "sql") {
    throw new PolyflowError("metadata_invalid", `Source "${request.name}": PostgreSQL is read with \`sql\`, not with \`${source.kind}\`.`);
  }
  const clients: Client[] = [];
  const open = async (): Promise<Client> => {
    const client = await connect();
    clients.push(client);
    await client.query(SESSION);
    await client.query("begin transaction isolation level repeatable read, read only");
    return client;
  };
  const close = async (): Promise<void> => void (await Promise.allSettled(clients.map((client) => client.end())));
  const stop = (): void => void close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const first = await open();
    const plan = await planned(first, request);
    const names = await columnsOf(first, plan);
    const rest = await furtherConnections(first, open, plan.conditions.length - 1);
    const columns = names.map(({ expression }) => expression).join(", ");
    const parts = plan.conditions.map((condition, index) => {
      const client = rest[index - 1] ?? first;
      return copyOut(client, extractStatement(plan, condition, columns), index === 0);
    });
    const [only] = parts;
    const content = parts.length === 1 && only !== undefined ? only : headerFirst(names, parts);
    return extractOf({
      format: "csv",
      content,
      state: () => plan.state,
      close: async () => {
        signal.removeEventListener("abort", stop);
        await close();
      },
    });
  } catch (error) {
    await close();
    throw error;
  }
}

async function planned(client: Client, request: ExtractRequest): Promise<SqlExtractPlan> {
  if (request.source.kind !== "sql") throw new TypeError("no sql");
  return planSqlExtract(request.source, request, {
    dialect: DIALECT,
    firstRow: async (statement) => {
      try {
        const { rows } = await client.query<(string | null)[]>({ text: statement, rowMode: "array" });
        return rows[0] ?? [];
      } catch (error) {
        throw explainSqlError(error, statement);
      }
    },
  });
}

interface Column {
  readonly name: string;
  /** What is selected, so that its text is what the loader reads. */
  readonly expression: string;
}

const { builtins } = types;

/** COPY writes `t` and `f` for booleans and braces for arrays; sources say `true` and JSON. */
async function columnsOf(client: Client, plan: SqlExtractPlan): Promise<readonly Column[]> {
  const statement = extractStatement(plan, "1 = 0");
  const { fields } = await client.query(statement).catch((error: unknown) => {
    throw explainSqlError(error, statement);
  });
  const arrays = await client.query<{ oid: number }>("select oid::int from pg_type where oid = any($1::oid[]) and typcategory = 'A'", [
    fields.map((each) => each.dataTypeID),
  ]);
  const isArray = new Set(arrays.rows.map(({ oid }) => oid));
  return fields.map(({ name, dataTypeID }) => {
    const column = DIALECT.identifier(name);
    if (dataTypeID === Number(builtins.BOOL)) return { name, expression: `${column}::text as ${column}` };
    return { name, expression: isArray.has(dataTypeID) ? `to_json(${column}) as ${column}` : column };
  });
}

async function furtherConnections(first: Client, open: () => Promise<Client>, count: number): Promise<readonly Client[]> {
  if (count <= 0) return [];
  const { rows } = await first.query<{ snapshot: string }>("select pg_export_snapshot() as snapshot");
  const snapshot = DIALECT.literal(rows[0]?.snapshot ?? "");
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await open();
      await client.query(`set transaction snapshot ${snapshot}`);
      return client;
    }),
  );
}

async function* copyOut(client: Client, statement: string, hasHeader: boolean): AsyncGenerator<Uint8Array, void> {
  const { to } = await import("pg-copy-streams");
  try {
    const stream = client.query(to(`copy (${statement}) to stdout (format csv, header ${hasHeader}, encoding 'UTF8')`));
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw explainSqlError(error, statement);
  }
}

/** The first part has the header; it comes alone, before the pieces of all. */
async function* headerFirst(names: readonly Column[], parts: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array, void> {
  const [first, ...rest] = parts.map(wholeRecords);
  if (first === undefined || names.length === 0) return;
  const { value } = await first.next();
  if (value !== undefined) yield value;
  yield* mergePieces([first, ...rest]);
}
