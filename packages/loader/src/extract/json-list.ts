import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { jsonStream } from "./json-values.ts";
import type { RecordItem } from "./record-extraction.ts";
import type { ByteStream } from "./source-file.ts";

const CHUNK_BYTES = 64 * 1024;

/**
 * The records of a JSON document: the items of the list that it is, or that `dialect.property` leads to.
 * @throws PolyflowError `source_unreadable` for what is not JSON or not a list
 */
export async function* jsonList(
  source: Pick<SourceDefinition, "name" | "dialect">,
  bytes: ByteStream,
): AsyncGenerator<readonly RecordItem[], void> {
  const property = source.dialect.property;
  const path = property === undefined ? "$.*" : `$.${property}.*`;
  let batch: RecordItem[] = [];
  let record = 0;
  const stream = jsonStream(path, (value, key) => {
    if (typeof key !== "number") throw notList(source.name, property, key);
    record++;
    batch.push({ value });
  });
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const count = await bytes.read(chunk, 0);
    try {
      if (count === 0) stream.end();
      else stream.write(chunk.subarray(0, count));
    } catch (error) {
      if (error instanceof PolyflowError) throw error;
      throw new PolyflowError(
        "source_unreadable",
        `The file of source "${source.name}" is not valid JSON after record ${record}: ${error instanceof Error ? error.message : String(error)}.`,
        { cause: error },
      );
    }
    if (batch.length > 0) yield batch;
    batch = [];
    if (count === 0) return;
  }
}

function notList(source: string, property: string | undefined, key: string | undefined): PolyflowError {
  const where = property === undefined ? "The document" : `\`${property}\` in the document`;
  return new PolyflowError(
    "source_unreadable",
    `${where} of source "${source}" is an object (it has the key "${key ?? ""}"), not a list. Name the list's place with \`dialect: {property: …}\`.`,
  );
}
