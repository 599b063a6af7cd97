import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { decoderLabel } from "../byte-source.ts";
import type { Extraction, ExtractionContext } from "../extraction.ts";
import { openRecords } from "../record-extraction.ts";
import type { RecordItem } from "../record-extraction.ts";
import type { SourceFile } from "../source-file.ts";
import { dbfCellText } from "./dbf-cell.ts";
import type { DbfCellReader } from "./dbf-cell.ts";
import { readDbfHeader } from "./dbf-header.ts";
import type { DbfHeader } from "./dbf-header.ts";

/**
 * Opens a DBF table. Deleted rows are left out; memos, which stand in a second file, are refused where a field is declared for them.
 * @throws PolyflowError `source_unreadable`
 */
export async function openDbf(context: ExtractionContext, file: SourceFile): Promise<Extraction> {
  const { source } = context;
  const header = await readDbfHeader(file.name, file);
  refuseMemos(source, header, file.name);
  const label = source.encodingIsStated ? decoderLabel(source.encoding) : header.encoding;
  if (label === undefined) {
    throw new PolyflowError(
      "source_unreadable",
      `${file.name} does not say how its texts are encoded. Write \`encoding: cp866\` (or windows-1251) in the YAML of source "${source.name}".`,
    );
  }
  const fields = new Map(source.fields.map((field) => [field.name, field]));
  const decoder = new TextDecoder(label);
  const readers = header.columns.map((column) => dbfCellText(column, { field: fields.get(column.name), decoder }));
  return openRecords(context, { header: header.columns.map((column) => column.name), batches: dbfRecords(file, header, readers) });
}

function refuseMemos(source: SourceDefinition, header: DbfHeader, name: string): void {
  const declared = new Set(source.fields.map((field) => field.name));
  const memo = header.columns.find((column) => "MGPW".includes(column.type) && declared.has(column.name));
  if (memo === undefined) return;
  throw new PolyflowError(
    "source_unreadable",
    `The column "${memo.name}" of ${name} is a memo: its texts stand in a second file (.dbt or .fpt), which is not read. Leave the field out (\`fieldsMatch: [subset]\`), or have the table written without memos.`,
  );
}

const BLOCK_BYTES = 256 * 1024;
const DELETED = 0x2a;

async function* dbfRecords(
  file: SourceFile,
  header: DbfHeader,
  readers: readonly DbfCellReader[],
): AsyncGenerator<readonly RecordItem[], void> {
  const { recordBytes, recordCount } = header;
  const block = Buffer.allocUnsafe(Math.max(1, Math.floor(BLOCK_BYTES / recordBytes)) * recordBytes);
  let seen = 0;
  let filled = 0;
  while (seen < recordCount) {
    const count = await file.read(block, filled);
    filled += count;
    const isEnd = count === 0;
    const whole = Math.min(Math.floor(filled / recordBytes), recordCount - seen);
    const batch: RecordItem[] = [];
    for (let index = 0; index < whole; index++) {
      const record = block.subarray(index * recordBytes, (index + 1) * recordBytes);
      if (record[0] !== DELETED) batch.push({ cells: readers.map((read) => read(record)) });
    }
    seen += whole;
    block.copyWithin(0, whole * recordBytes, filled);
    filled -= whole * recordBytes;
    if (batch.length > 0) yield batch;
    if (!isEnd || seen === recordCount) continue;
    throw new PolyflowError(
      "source_unreadable",
      `${file.name} is cut off: its header says ${recordCount} rows, it has ${seen}. Fetch it again.`,
    );
  }
}
