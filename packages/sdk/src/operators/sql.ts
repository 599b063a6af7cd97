import type { JsonValue } from "@polyflow/contracts";
import { checkOptions } from "../check-options.ts";
import { operator } from "../operator.ts";
import type { SqlRow, SqlSession, TaskContext } from "../task-context.ts";
import type { AnyOutput, TaskHandle } from "../task-handle.ts";
import type { TaskOptions } from "../task-options.ts";
import { FailTask } from "../task-errors.ts";
import { type JsonRow, toJsonRows } from "./json-rows.ts";
import { splitStatements } from "./split-statements.ts";

/** A statement, in which templates are rendered, or a function that makes it when the task runs. Values belong into `parameters`, never into its text. */
export type SqlStatement = string | ((context: TaskContext) => string | Promise<string>);

interface SqlTarget extends TaskOptions {
  /** Id of the connection whose database runs it. */
  readonly connection: string;
}

/** One statement whose answer may become the task's output. */
export interface SqlStatementOptions<Result extends SqlResult = "rows"> extends SqlTarget {
  readonly statement: SqlStatement;
  /** Values of `$1`, `$2`, …: constants, or outputs of other tasks. */
  readonly parameters?: readonly (JsonValue | AnyOutput)[];
  /** Output of the task: all rows (default), the first row or null, or nothing. */
  readonly result?: Result;
  /** More rows fail the task: large data stays in the database. Default 1000. */
  readonly maxRows?: number;
}

/** Several statements, one after another. */
export interface SqlScriptOptions extends SqlTarget {
  readonly statements: readonly SqlStatement[];
  /** All in one transaction (default), or each for itself. */
  readonly transaction?: boolean;
}

/** A script that is split at the semicolons between its statements; not at those in texts, comments, quoted names and dollar quotes. */
export interface SqlTextOptions extends SqlTarget {
  /** Templates are rendered first. */
  readonly script: string;
  /** All in one transaction (default), or each for itself. */
  readonly transaction?: boolean;
}

/** Options of `sql`. */
export type SqlOptions = SqlStatementOptions<SqlResult> | SqlScriptOptions | SqlTextOptions;
/** What of a statement's answer becomes the output of the task. */
export type SqlResult = "rows" | "first" | "none";
/** Output of `sql` for each kind of result. */
export type SqlOutput<Result extends SqlResult, Row> = { rows: readonly Row[]; first: Row | null; none: undefined }[Result];

const DEFAULT_MAX_ROWS = 1_000;
const RESULTS = ["rows", "first", "none"] as const satisfies readonly SqlResult[];
const SHOWN_WHEN_COMPUTED = "(made when the task runs)";

/**
 * Adds a task that runs SQL on a connection. With `statement`, its rows are the output, as JSON: instants as ISO strings, int8 and
 * numeric as strings. With `statements`, or a `script` that is split into them, they run in one transaction and there is no output.
 *
 * @example
 * const top = sql<"first", { city: string }>({
 *   id: "largest", connection: "warehouse", statement: "select city from cities where country = $1 order by people desc limit 1",
 *   parameters: ["RU"], result: "first",
 * });
 */
export function sql<Result extends SqlResult = "rows", Row = JsonRow>(
  options: SqlStatementOptions<Result>,
): TaskHandle<SqlOutput<Result, Row>>;
export function sql(options: SqlScriptOptions | SqlTextOptions): TaskHandle<undefined>;
export function sql(options: SqlOptions): TaskHandle<JsonValue | undefined> {
  if ("script" in options) return addText(options);
  return "statements" in options ? addScript(options) : addStatement(options);
}

function addText({ connection, script, transaction = true, ...options }: SqlTextOptions): TaskHandle<undefined> {
  checkOptions(options, { connection: [connection, "text"], script: [script, "text"], transaction: [transaction, "flag"] });
  return operator({
    name: "sql",
    options,
    details: { connection, script },
    fields: { script },
    async execute(_input, context, fields) {
      const statements = splitStatements(fields.script);
      await runAll(await context.sql(connection), transaction, statements, (statement) => statement);
      context.log.info(`${statements.length} statements`);
    },
  });
}

/** Runs statements one after another. */
async function runAll<Item>(
  session: SqlSession,
  inTransaction: boolean,
  items: readonly Item[],
  textOf: (item: Item, index: number) => string | Promise<string>,
): Promise<void> {
  const run = async (within: SqlSession): Promise<void> => {
    for (const [index, item] of items.entries()) await within.query(await textOf(item, index));
  };
  await (inTransaction ? session.transaction(run) : run(session));
}

function addScript({ connection, statements, transaction = true, ...options }: SqlScriptOptions): TaskHandle<undefined> {
  checkOptions(options, { connection: [connection, "text"], statements: [statements, "list"], transaction: [transaction, "flag"] });
  return operator({
    name: "sql",
    options,
    details: { connection, statements: statements.map(shown) },
    fields: { statements: statements.map(written) },
    async execute(_input, context, fields) {
      const session = await context.sql(connection);
      await runAll(session, transaction, statements, (statement, index) => textOf(statement, fields.statements[index], context));
    },
  });
}

function addStatement(given: SqlStatementOptions<SqlResult>): TaskHandle<JsonValue | undefined> {
  const { connection, statement, parameters = [], result = "rows", maxRows = DEFAULT_MAX_ROWS, ...options } = given;
  checkOptions(options, {
    connection: [connection, "text"],
    statement: [statement, "text or function"],
    parameters: [parameters, "list"],
    result: [result, RESULTS],
    maxRows: [maxRows, "count"],
  });
  return operator<JsonValue | undefined, { readonly [position: string]: unknown }, { readonly statement: string | null }>({
    name: "sql",
    options,
    // named by position, so that each may be an output of a task
    inputs: Object.fromEntries(parameters.map((parameter, index) => [`$${index + 1}`, parameter])),
    details: { connection, statement: shown(statement), result },
    fields: { statement: written(statement) },
    async execute(values, context, fields) {
      const session = await context.sql(connection);
      const rows = await session.query(
        await textOf(statement, fields.statement, context),
        parameters.map((_parameter, index) => values[`$${index + 1}`]),
      );
      context.log.info(`${rows.length} rows`);
      return pickResult(rows, result, maxRows);
    },
  });
}

function pickResult(rows: readonly SqlRow[], result: SqlResult, maxRows: number): JsonValue | undefined {
  if (result === "none") return undefined;
  if (result === "first") return toJsonRows(rows.slice(0, 1))[0] ?? null;
  if (rows.length <= maxRows) return toJsonRows(rows);
  throw new FailTask(
    `The statement gave ${rows.length} rows, at most ${maxRows} can be an output. Write them to a table, raise maxRows, or say result: "none".`,
  );
}

/** @param rendered the statement as it was rendered */
function textOf(statement: SqlStatement, rendered: string | null | undefined, context: TaskContext): string | Promise<string> {
  return typeof statement === "string" ? (rendered ?? statement) : statement(context);
}

/** What templates are rendered in: only what the author wrote as text. */
function written(statement: SqlStatement): string | null {
  return typeof statement === "string" ? statement : null;
}

function shown(statement: SqlStatement): string {
  return typeof statement === "string" ? statement : SHOWN_WHEN_COMPUTED;
}
