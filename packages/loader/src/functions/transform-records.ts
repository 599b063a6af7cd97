import { PolyflowError } from "@polyflow/contracts";
import { cellText } from "../extract/json-values.ts";
import { openRecords } from "../extract/record-extraction.ts";
import type { RecordItem } from "../extract/record-extraction.ts";
import type { Extraction, ExtractionContext } from "../extract/extraction.ts";
import { readRecords } from "../preview/read-records.ts";
import { functionFile, importFunction } from "./project-function.ts";
import { PythonFunction } from "./python-function.ts";

/** A record on its way: the texts of the declared fields, null for no value. */
export type TransformedRecord = { readonly [field: string]: string | null };

/**
 * A function of the project that changes records before they are cast: it gets some thousands at a time and returns those to load, more or
 * fewer. A record with `_reject` is set aside with that reason.
 * @example
 * // metadata/functions/clean_sales.ts
 * export const clean_sales: BatchFunction = (records) => records.map((record) => ({ ...record, phone: digits(record.phone) }));
 */
export type BatchFunction = (records: readonly TransformedRecord[]) => Promise<readonly object[]> | readonly object[];

const BATCH_RECORDS = 5000;
const REJECT = "_reject";

/**
 * The records of a source after its `transform` function. They are numbered as they come out of it.
 * @param extraction what the source itself gives
 */
export function transformRecords(
  extraction: Extraction,
  context: ExtractionContext & { readonly projectDir: string; readonly name: string },
): Extraction {
  const { source } = context;
  const fields = source.fields.map((field) => field.name);
  const transformed = openRecords(
    { ...context, source: { ...source, fieldsMatch: "equal" } },
    { header: fields, batches: batchesOf(extraction, context, fields), close: () => extraction.close() },
  );
  // what the contract says of columns is about the file; here they are always the declared ones
  return { ...transformed, header: undefined };
}

async function* batchesOf(
  extraction: Extraction,
  { projectDir, name }: { readonly projectDir: string; readonly name: string },
  fields: readonly string[],
): AsyncGenerator<readonly RecordItem[], void> {
  const places = fields.map((field) => ({ field, index: extraction.columnOf.get(field) }));
  const transform = await openFunction(projectDir, name);
  try {
    for await (const { records, refused } of readRecords(extraction)) {
      if (refused.length > 0) yield refused.map(({ text, reason }) => ({ text, reason }));
      for (let start = 0; start < records.length; start += BATCH_RECORDS) {
        const batch = records.slice(start, start + BATCH_RECORDS).map(({ cells }) => recordOf(cells, places));
        yield itemsOf(await transform.call(batch), { name, fields });
      }
    }
  } finally {
    transform.close();
  }
}

interface OpenFunction {
  call(records: readonly TransformedRecord[]): Promise<unknown>;
  close(): void;
}

async function openFunction(projectDir: string, name: string): Promise<OpenFunction> {
  const file = functionFile(projectDir, "functions", name);
  if (file.endsWith(".py")) {
    const python = new PythonFunction({ projectDir, file, name });
    return { call: (records) => python.call({ records }), close: () => python.close() };
  }
  // what it takes is its author's word; what it returns is looked at
  const own = (await importFunction(file, name)) as BatchFunction;
  const call = async (records: readonly TransformedRecord[]): Promise<unknown> => {
    try {
      return await own(records);
    } catch (error) {
      throw new PolyflowError(
        "load_failed",
        `The function ${name} of ${file} failed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  };
  return { call, close: () => undefined };
}

interface FieldPlace {
  readonly field: string;
  readonly index: number | undefined;
}

function recordOf(cells: readonly (string | null)[], places: readonly FieldPlace[]): TransformedRecord {
  return Object.fromEntries(places.map(({ field, index }) => [field, index === undefined ? null : (cells[index] ?? null)]));
}

function itemsOf(answer: unknown, expected: { readonly name: string; readonly fields: readonly string[] }): readonly RecordItem[] {
  if (Array.isArray(answer)) return answer.map((record: unknown) => itemOf(record, expected));
  throw wrongAnswer(expected.name, `it returned ${describe(answer)} instead of a list of records`);
}

function itemOf(record: unknown, { name, fields }: { readonly name: string; readonly fields: readonly string[] }): RecordItem {
  if (typeof record !== "object" || record === null || Array.isArray(record))
    throw wrongAnswer(name, `it returned ${describe(record)} as a record`);
  const { [REJECT]: reason, ...values } = record as { readonly [field: string]: unknown }; // an object, as has just been seen
  if (typeof reason === "string") return { reason, text: JSON.stringify(values) };
  const unknown = Object.keys(values).find((field) => !fields.includes(field) && field !== REJECT);
  if (unknown !== undefined) throw wrongAnswer(name, `it returned the field "${unknown}", which the source does not declare`);
  return { cells: fields.map((field) => cellText(values[field])) };
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 100);
}

function wrongAnswer(name: string, what: string): PolyflowError {
  return new PolyflowError("load_failed", `The function ${name} (metadata/functions) gives no records: ${what}.`);
}
