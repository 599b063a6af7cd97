import type { DuckDBConnection } from "@duckdb/node-api";
import { PolyflowError } from "@polyflow/contracts";
import type { SqlSession, TaskContext } from "@polyflow/sdk";
import type { DuckdbTarget } from "./duckdb-target.ts";
import { messageOf, quoted } from "./open-locked.ts";
import { ask } from "./read-rows.ts";

const BATCH_ROWS = 4000;
/** Types of DuckDB and what they are in PostgreSQL; decimals keep their digits. */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(TINYINT|SMALLINT|UTINYINT)$/, "smallint"],
  [/^(INTEGER|USMALLINT)$/, "integer"],
  [/^(BIGINT|UINTEGER)$/, "bigint"],
  [/^(UBIGINT|HUGEINT|UHUGEINT|BIGNUM)$/, "numeric"],
  [/^FLOAT$/, "real"],
  [/^DOUBLE$/, "double precision"],
  [/^BOOLEAN$/, "boolean"],
  [/^DATE$/, "date"],
  [/^TIME$/, "time"],
  [/^TIMESTAMP WITH TIME ZONE$/, "timestamptz"],
  [/^TIMESTAMP/, "timestamp"],
  [/^UUID$/, "uuid"],
  [/^BLOB$/, "bytea"],
  [/^(JSON|STRUCT|MAP|UNION)|\]$/, "jsonb"],
];

interface Column {
  readonly name: string;
  readonly type: string;
}

/**
 * Writes the rows of a query into a table of PostgreSQL, in one transaction; a missing table is made with the query's columns.
 * @returns how many rows
 */
export async function writeTable(
  connection: DuckDBConnection,
  query: string,
  { context, to }: { readonly context: Pick<TaskContext, "sql">; readonly to: Extract<DuckdbTarget, { table: string }> },
): Promise<number> {
  const columns = await columnsOf(connection, query);
  const [schema, table, ...more] = to.table.split(".");
  if (schema === undefined || table === undefined || more.length > 0)
    throw new PolyflowError("metadata_invalid", `"${to.table}" is not like schema.table.`);
  const target = `${quoted(schema)}.${quoted(table)}`;
  const session = await context.sql(to.connection ?? "df");
  return session.transaction(async (within) => {
    await within.query(`create schema if not exists ${quoted(schema)}`);
    await within.query(`create table if not exists ${target} (${columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(", ")})`);
    // not TRUNCATE: readers go on seeing the old rows until the commit
    if (to.mode !== "append") await within.query(`delete from ${target}`);
    let rows = 0;
    for await (const batch of batches(connection, query, columns)) rows += await insert(within, target, { columns, batch });
    return rows;
  });
}

async function columnsOf(connection: DuckDBConnection, query: string): Promise<readonly Column[]> {
  const described = await ask(connection, `describe ${query}`);
  return described.map((row) => ({
    name: textOf(row["column_name"]),
    type: typeIn(textOf(row["column_type"])),
  }));
}

function typeIn(type: string): string {
  const decimal = /^DECIMAL(\(\d+,\d+\))$/.exec(type);
  if (decimal !== null) return `numeric${decimal[1]}`;
  return TYPES.find(([known]) => known.test(type))?.[1] ?? "text";
}

/** Every value as the text that PostgreSQL reads exactly. */
async function* batches(
  connection: DuckDBConnection,
  query: string,
  columns: readonly Column[],
): AsyncGenerator<readonly (readonly (string | null)[])[], void> {
  const texts = columns.map(({ name, type }) => {
    if (type === "jsonb") return `to_json(q.${quoted(name)})::varchar`;
    return type === "bytea" ? `'\\x' || hex(q.${quoted(name)})` : `q.${quoted(name)}::varchar`;
  });
  let result: Awaited<ReturnType<DuckDBConnection["stream"]>>;
  try {
    result = await connection.stream(`select ${texts.join(", ")} from (${query}\n) q`);
  } catch (error) {
    throw new PolyflowError("request_invalid", `DuckDB: ${messageOf(error)}`, { cause: error });
  }
  let batch: (readonly (string | null)[])[] = [];
  for await (const rows of result.yieldRowsJson()) {
    for (const row of rows) batch.push(row.map((value) => (value === null ? null : textOf(value))));
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function insert(
  session: SqlSession,
  target: string,
  { columns, batch }: { readonly columns: readonly Column[]; readonly batch: readonly (readonly (string | null)[])[] },
): Promise<number> {
  const names = columns.map(({ name }) => quoted(name)).join(", ");
  const values = columns.map(({ type }, index) => `(r.value->>${index})::${type}`).join(", ");
  await session.query(`insert into ${target} (${names}) select ${values} from json_array_elements($1::json) r`, [JSON.stringify(batch)]);
  return batch.length;
}

/** Everything asked for here is text. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
