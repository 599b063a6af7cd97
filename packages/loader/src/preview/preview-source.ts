import type { SourceDefinition } from "@polyflow/metadata-model";
import { openFormat } from "../extract/open-format.ts";
import type { SourceFile } from "../extract/source-file.ts";
import { DEFAULT_LIMITS } from "../load-request.ts";
import { transformRecords } from "../functions/transform-records.ts";
import { CellJudge } from "./judge-cell.ts";
import { readRecords } from "./read-records.ts";
import type { RecordPart, StagedRecord } from "./read-records.ts";

export interface SourcePreview {
  /** Names of the columns as the file has them; undefined where it has none. */
  readonly header: readonly string[] | undefined;
  /** Names of the declared fields, in their order. */
  readonly fields: readonly string[];
  readonly records: readonly PreviewRecord[];
  /** Records with a cell that a load would reject; `cast` is null there. */
  readonly refused: readonly PreviewRecord[];
  readonly rejects: readonly PreviewReject[];
  /** Records looked at. */
  readonly read: number;
  /** The file has no further records. */
  readonly isWhole: boolean;
}

/** A record as it was read. */
export interface PreviewRecord {
  readonly row: number;
  /** As the file has them, in the order of the fields; null for no value. */
  readonly values: readonly (string | null)[];
  /** What a load would make of them, in the form that databases read. */
  readonly cast: readonly (string | null)[];
}

/** A cell that a load would reject, or a record that it cannot read (column `*`). */
export interface PreviewReject {
  readonly row: number;
  readonly column: string;
  readonly value: string | null;
  readonly reason: string;
}

export interface PreviewOptions {
  /** Records to look at. @default 100 */
  readonly rows?: number;
  readonly signal?: AbortSignal;
  /** With it the records are those that the function of the source's `transform` gives; it runs in this process. */
  readonly projectDir?: string;
}

/** Small pieces: nobody waits for records that are not shown. */
const SEGMENT_BYTES = 64 * 1024;
const LONGEST_RAW = 4000;

/**
 * Reads the first records of a file by the description of a source, without a database: what a load would stage and reject.
 * @throws PolyflowError `source_unreadable`, `source_empty`
 * @example
 * const file = await openLocalFile(path);
 * const { records, rejects } = await previewSource(file, source, { rows: 20 });
 */
export async function previewSource(file: SourceFile, source: SourceDefinition, options: PreviewOptions = {}): Promise<SourcePreview> {
  const { rows = 100, signal = new AbortController().signal, projectDir } = options;
  const context = { source, limits: { ...DEFAULT_LIMITS, segmentBytes: SEGMENT_BYTES }, signal };
  const read = await openFormat(file, context);
  const name = projectDir === undefined ? undefined : source.transform;
  const extraction = projectDir === undefined || name === undefined ? read : transformRecords(read, { ...context, projectDir, name });
  try {
    const reading = new PreviewReading(source, { columnOf: extraction.columnOf, rows });
    for await (const part of readRecords(extraction)) if (!reading.add(part)) break;
    return { header: extraction.header, fields: source.fields.map((field) => field.name), ...reading.result() };
  } finally {
    await extraction.close();
  }
}

type Item = StagedRecord | { readonly row: number; readonly text: string; readonly reason: string };

/** What has been read so far. */
class PreviewReading {
  readonly #records: PreviewRecord[] = [];
  readonly #refused: PreviewRecord[] = [];
  readonly #rejects: PreviewReject[] = [];
  readonly #columns: readonly { readonly field: string; readonly index: number | undefined; readonly judge: CellJudge }[];
  readonly #rows: number;
  #read = 0;
  #isWhole = true;

  constructor(source: SourceDefinition, options: { readonly columnOf: ReadonlyMap<string, number | undefined>; readonly rows: number }) {
    this.#columns = source.fields.map((field) => ({
      field: field.name,
      index: options.columnOf.get(field.name),
      judge: new CellJudge(field),
    }));
    this.#rows = options.rows;
  }

  /** Takes records until there are enough; false when there are more. */
  add(part: RecordPart): boolean {
    for (const item of inOrder(part)) {
      if (this.#read === this.#rows) {
        this.#isWhole = false;
        return false;
      }
      this.#read++;
      this.#judge(item);
    }
    return true;
  }

  result(): Pick<SourcePreview, "records" | "refused" | "rejects" | "read" | "isWhole"> {
    return { records: this.#records, refused: this.#refused, rejects: this.#rejects, read: this.#read, isWhole: this.#isWhole };
  }

  #judge(item: Item): void {
    const { row } = item;
    if ("reason" in item) {
      this.#rejects.push({ row, column: "*", value: item.text.slice(0, LONGEST_RAW), reason: item.reason });
      return;
    }
    const values = this.#columns.map(({ index }) => (index === undefined ? null : (item.cells[index] ?? null)));
    const before = this.#rejects.length;
    const cast = this.#columns.map((column, place) => {
      const value = values[place] ?? null;
      const judged = column.judge.judge(value);
      if ("value" in judged) return judged.value;
      this.#rejects.push({ row, column: column.field, value, reason: judged.reason });
      return null;
    });
    (this.#rejects.length === before ? this.#records : this.#refused).push({ row, values, cast });
  }
}

function inOrder(part: RecordPart): readonly Item[] {
  return [...part.records, ...part.refused].toSorted((left, right) => left.row - right.row);
}
