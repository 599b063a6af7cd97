import { type JsonObject, PolyflowError, type SqlExtract } from "@polyflow/contracts";
import type { ExtractRequest } from "../extract.ts";

/** How a database writes what an extraction asks. */
export interface ExtractDialect {
  /** Quotes one name. */
  identifier(name: string): string;
  /** The text of a cursor as a value to compare the column with. */
  literal(text: string): string;
  /** An expression as text that `literal` takes back to the same value. */
  asText(expression: string): string;
}

/** What to read. */
export interface SqlExtractPlan {
  /** Relation to select from: a table's name, or a query in brackets with an alias. */
  readonly relation: string;
  /** Conditions of the parts, each to be read by a connection of its own; "" for none. */
  readonly conditions: readonly string[];
  /** What the next load begins with. */
  readonly state: JsonObject | undefined;
}

/** Runs a statement and gives its first row, values as texts. */
export type FirstRow = (statement: string) => Promise<readonly (string | null)[]>;

/**
 * Decides which rows an extraction reads. By cursor: those beyond the last value that was committed, up to the greatest of now, which is
 * asked first, so that rows which come in while others are read are left to the next load. By ranges: several parts of about the same width.
 * @throws PolyflowError `source_unreadable` for rows without a cursor, `metadata_invalid` for options that do not go together
 */
export async function planSqlExtract(
  extract: SqlExtract,
  request: Pick<ExtractRequest, "name" | "state" | "inclusive">,
  database: { readonly dialect: ExtractDialect; readonly firstRow: FirstRow },
): Promise<SqlExtractPlan> {
  const relation = relationOf(extract, database.dialect);
  const { condition, state } = await cursorRange(extract, request, { ...database, relation });
  const conditions = await partsOf(extract, condition, { ...database, relation });
  return { relation, conditions, state };
}

/** The statement that reads a part. */
export function extractStatement(plan: SqlExtractPlan, condition: string, columns = "*"): string {
  return `select ${columns} from ${plan.relation}${condition === "" ? "" : ` where ${condition}`}`;
}

interface Planning {
  readonly dialect: ExtractDialect;
  readonly firstRow: FirstRow;
  readonly relation: string;
}

function relationOf({ table, query }: SqlExtract, dialect: ExtractDialect): string {
  if (table !== undefined)
    return table
      .split(".")
      .map((name) => dialect.identifier(name))
      .join(".");
  return `(${(query ?? "").trim().replace(/;\s*$/, "")}\n) extracted`;
}

async function cursorRange(
  extract: SqlExtract,
  request: Pick<ExtractRequest, "name" | "state" | "inclusive">,
  { dialect, firstRow, relation }: Planning,
): Promise<{ readonly condition: string; readonly state: JsonObject | undefined }> {
  const { cursor, nullCursor = "fail" } = extract;
  if (cursor === undefined) return { condition: "", state: undefined };
  const from = beginning(extract, request);
  const column = dialect.identifier(cursor);
  if (nullCursor === "fail") await refuseNulls(request.name, column, { dialect, firstRow, relation });
  const [greatest = null] = await firstRow(`select ${dialect.asText(`max(${column})`)} from ${relation}`);
  const orNull = nullCursor === "include" ? `${column} is null` : undefined;
  if (greatest === null) return { condition: orNull ?? "1 = 0", state: request.state };
  const lower = from === undefined ? "" : `${column} ${from.operator} ${dialect.literal(from.value)} and `;
  const range = `${lower}${column} <= ${dialect.literal(greatest)}`;
  return { condition: orNull === undefined ? `(${range})` : `((${range}) or ${orNull})`, state: { cursor: greatest } };
}

/** Where a load begins: at the initial value the first time, then after (for a merge: at) the last value that was committed. */
function beginning(
  { initial, overlap }: SqlExtract,
  { name, state, inclusive }: Pick<ExtractRequest, "name" | "state" | "inclusive">,
): { readonly operator: string; readonly value: string } | undefined {
  if (overlap !== undefined && !inclusive) throw needsMerge(name, "overlap");
  const last = textOf(state?.["cursor"]);
  if (last === undefined) return initial === undefined ? undefined : { operator: ">=", value: initial };
  return { operator: inclusive ? ">=" : ">", value: overlap === undefined ? last : lowered(last, overlap) };
}

async function refuseNulls(name: string, column: string, { firstRow, relation }: Planning): Promise<void> {
  const [count] = await firstRow(`select count(*) from ${relation} where ${column} is null`);
  if (count === undefined || count === null || count === "0") return;
  throw new PolyflowError(
    "source_unreadable",
    `${count} rows of source "${name}" have no value of the cursor ${column}, so that no load could tell whether they are new. ` +
      "Choose another cursor, or write `nullCursor: include` (read them each time) or `nullCursor: exclude`.",
  );
}

async function partsOf(extract: SqlExtract, condition: string, { dialect, firstRow, relation }: Planning): Promise<readonly string[]> {
  const { ranges } = extract;
  if (ranges === undefined || ranges.parts < 2) return [condition];
  const column = dialect.identifier(ranges.column);
  const where = condition === "" ? "" : ` where ${condition}`;
  const statement = `select ${dialect.asText(`min(${column})`)}, ${dialect.asText(`max(${column})`)} from ${relation}${where}`;
  const [least = null, greatest = null] = await firstRow(statement);
  if (least === null || greatest === null) return [condition];
  const [low, high] = [wholeNumber(least, ranges.column), wholeNumber(greatest, ranges.column)];
  const parts = BigInt(ranges.parts);
  const bounds = Array.from({ length: ranges.parts - 1 }, (_, index) => low + ((high - low + 1n) * BigInt(index + 1)) / parts);
  const and = condition === "" ? "" : ` and ${condition}`;
  return [...new Set([undefined, ...bounds])].map((from, index, all) => {
    const to = all[index + 1];
    const range = [...(from === undefined ? [] : [`${column} >= ${from}`]), ...(to === undefined ? [] : [`${column} < ${to}`])].join(
      " and ",
    );
    // rows without a value belong to the first part
    return `(${range === "" ? "1 = 1" : range}${index === 0 && range !== "" ? ` or ${column} is null` : ""})${and}`;
  });
}

function wholeNumber(text: string, column: string): bigint {
  if (/^-?\d+(\.0+)?$/.test(text)) return BigInt(text.replace(/\..*/, ""));
  throw new PolyflowError(
    "metadata_invalid",
    `\`ranges\` needs a column of whole numbers; "${column}" has the value ${text}. Choose another column, or leave \`ranges\` out.`,
  );
}

/** The value `overlap` before: seconds for instants, the number itself otherwise. */
export function lowered(value: string, overlap: number): string {
  if (/^-?\d+$/.test(value)) return String(BigInt(value) - BigInt(Math.ceil(overlap)));
  if (/^-?\d+\.\d+$/.test(value)) return String(Number(value) - overlap);
  const match = /^(\d{4}-\d\d-\d\d)(?:([ T])(\d\d:\d\d:\d\d)(?:\.\d+)?)?(.*)$/.exec(value);
  const instant = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[3] ?? "00:00:00"}Z`);
  if (match === null || Number.isNaN(instant)) {
    throw new PolyflowError("metadata_invalid", `\`overlap\` needs a cursor of numbers or instants; its last value is "${value}".`);
  }
  const earlier = new Date(instant - overlap * 1000).toISOString();
  return match[3] === undefined ? earlier.slice(0, 10) : `${earlier.slice(0, 10)}${match[2]}${earlier.slice(11, 19)}${match[4]}`;
}

function needsMerge(name: string, option: string): PolyflowError {
  return new PolyflowError(
    "metadata_invalid",
    `Source "${name}" has \`${option}\`, which reads rows again; the flow has to merge them (\`load: {mode: merge}\`), or they would be doubled.`,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
