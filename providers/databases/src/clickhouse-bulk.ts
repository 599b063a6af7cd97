import { Readable } from "node:stream";
import type { ClickHouseClient } from "@clickhouse/client";
import { type BulkSession, PolyflowError, type TextRecord } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { connectClickhouse } from "./clickhouse.ts";
import { statementError } from "./connect-error.ts";

/** Opens a session on ClickHouse that flows load through; each statement stands for itself. */
export async function openClickhouseBulk(connection: Connection): Promise<BulkSession> {
  const client = await connectClickhouse(connection);
  return {
    database: "clickhouse",
    execute: async (statement) => {
      try {
        await client.command({ query: statement, clickhouse_settings: { wait_end_of_query: 1, mutations_sync: "2" } });
        return 0;
      } catch (error) {
        throw refused(error, statement);
      }
    },
    query: (statement, parameters = []) => readRows(client, statement, parameters),
    insert: (table, columns, records) => copyRecords(client, { table, columns, records }),
    close: () => client.close(),
  };
}

async function readRows(
  client: ClickHouseClient,
  statement: string,
  parameters: readonly unknown[],
): Promise<readonly { readonly [column: string]: string | null }[]> {
  const query_params = Object.fromEntries(parameters.map((value, index) => [`p${index + 1}`, value]));
  try {
    const answer = await client.query({ query: statement, query_params, format: "JSONCompactStringsEachRowWithNames" });
    const [names = [], ...rows] = await answer.json<(string | null)[]>();
    return rows.map((row) => Object.fromEntries(names.map((name, index) => [String(name), nullOf(row[index])])));
  } catch (error) {
    throw refused(error, statement);
  }
}

/** How ClickHouse writes NULL where all values are texts. */
const NULL = "ᴺᵁᴸᴸ";

function nullOf(text: string | null | undefined): string | null {
  return text === undefined || text === null || text === NULL ? null : text;
}

async function copyRecords(
  client: ClickHouseClient,
  of: { readonly table: string; readonly columns: readonly string[]; readonly records: AsyncIterable<TextRecord> },
): Promise<number> {
  const counted = { records: 0 };
  const source: { failure?: unknown } = {};
  try {
    await client.insert({
      table: of.table,
      columns: [of.columns[0] ?? "", ...of.columns.slice(1)],
      values: Readable.from(quotedCsv(watched(of.records, counted, source)), { objectMode: false }),
      format: "CSV",
      clickhouse_settings: { format_csv_null_representation: "", input_format_csv_empty_as_default: 0, input_format_null_as_default: 0 },
    });
  } catch (error) {
    // what the source throws is told as it was, not as the client's abort
    throw source.failure ?? refused(error, `insert into ${of.table}`);
  }
  return counted.records;
}

async function* watched(
  records: AsyncIterable<TextRecord>,
  counted: { records: number },
  source: { failure?: unknown },
): AsyncGenerator<TextRecord, void> {
  try {
    for await (const record of records) {
      counted.records++;
      yield record;
    }
  } catch (error) {
    source.failure = error;
    throw error;
  }
}

const PIECE_CHARACTERS = 128 << 10;

/** Every value in quotes: blanks around it stay, and only a cell without quotes is NULL. */
async function* quotedCsv(records: AsyncIterable<TextRecord>): AsyncGenerator<Buffer, void> {
  let piece = "";
  for await (const record of records) {
    piece += `${record.map((cell) => (cell === null ? "" : `"${cell.replaceAll('"', '""')}"`)).join(",")}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  if (piece !== "") yield Buffer.from(piece);
}

function refused(error: unknown, statement: string): PolyflowError {
  return new PolyflowError("load_failed", `ClickHouse refused the load: ${statementError(error, statement).message}`, { cause: error });
}
