import { PolyflowError } from "@polyflow/contracts";
import type { Extract, ExtractRequest } from "@polyflow/sdk";
import { type ExtractDialect, extractOf, extractStatement, mergePieces, planSqlExtract } from "@polyflow/sdk/runtime";
import { csvLine } from "./csv-rows.ts";

/** One connection with a database that is read from. */
export interface SqlReader {
  /** First row of an answer, as texts. */
  firstRow(statement: string): Promise<readonly (string | null)[]>;
  /** The columns of a relation, each with the expression whose text the loader reads exactly. */
  columns(statement: string): Promise<readonly ReaderColumn[]>;
  /** Records as CSV, without a header; each piece ends with a record. */
  read(statement: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface ReaderColumn {
  readonly name: string;
  readonly expression: string;
}

export interface SqlDatabase {
  readonly name: string;
  readonly dialect: ExtractDialect;
  open(): Promise<SqlReader>;
}

/** Reads a table or a query of any SQL database: all, beyond a cursor, in ranges by several connections. */
export async function extractSql(database: SqlDatabase, request: ExtractRequest): Promise<Extract> {
  const { source, signal, name } = request;
  if (source.kind !== "sql") {
    throw new PolyflowError("metadata_invalid", `Source "${name}": ${database.name} is read with \`sql\`, not with \`${source.kind}\`.`);
  }
  const readers: SqlReader[] = [];
  const open = async (): Promise<SqlReader> => {
    const reader = await database.open();
    readers.push(reader);
    return reader;
  };
  const close = async (): Promise<void> => void (await Promise.allSettled(readers.map((reader) => reader.close())));
  const stop = (): void => void close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const first = await open();
    const { dialect } = database;
    const plan = await planSqlExtract(source, request, { dialect, firstRow: (statement) => first.firstRow(statement) });
    const columns = await first.columns(extractStatement(plan, "1 = 0"));
    const selected = columns.map(({ expression }) => expression).join(", ");
    const rest = await Promise.all(plan.conditions.slice(1).map(open));
    const parts = plan.conditions.map((condition, index) => (rest[index - 1] ?? first).read(extractStatement(plan, condition, selected)));
    async function* content(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from(csvLine(columns.map((column) => column.name)));
      yield* mergePieces(parts);
    }
    return extractOf({
      format: "csv",
      content: content(),
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
