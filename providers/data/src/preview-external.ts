import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { checkScheme, parseFileAddress, PolyflowError } from "@polyflow/contracts";
import { openLocalFile, previewSource, type SourcePreview } from "@polyflow/loader";
import type { ExternalPlace, SourceDefinition } from "@polyflow/metadata-model";
import type { FileStore, TaskContext } from "@polyflow/sdk";
import { settledFiles } from "./load-files.ts";
import { firstRecords } from "./first-records.ts";

/** Formats whose beginning can be read without the rest. */
const READ_FROM_FRONT: ReadonlySet<string> = new Set(["csv", "tsv", "ndjson"]);
/** So much of such a file is fetched for a preview. */
const FRONT_BYTES = 8 << 20;

/**
 * Reads the first records of a source that lies behind a connection: a file or drop folder on a server, a query, an API, a queue. Nothing
 * is taken: files stay where they are, messages are given back, no cursor moves.
 * @param rows records to look at
 * @throws PolyflowError `source_unreadable`, and what the connection fails of
 * @example const { records } = await previewExternal(context, source, 20);
 */
export async function previewExternal(context: TaskContext, source: SourceDefinition, rows: number): Promise<SourcePreview> {
  const folder = await mkdtemp(join(tmpdir(), "polyflow-preview-"));
  try {
    const { external } = source;
    const path =
      external === undefined
        ? await fetchFile(context, source, folder)
        : await fetchRecords(context, { source, external, rows, path: join(folder, `${external.connection}.${source.format}`) });
    const file = await openLocalFile(path);
    try {
      return await previewSource(file, source, { rows, signal: context.signal, projectDir: context.projectDir });
    } finally {
      await file.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchRecords(
  context: TaskContext,
  wanted: { readonly source: SourceDefinition; readonly external: ExternalPlace; readonly rows: number; readonly path: string },
): Promise<string> {
  const { source, external, rows, path } = wanted;
  const extract = await context.extract(await context.connection(external.connection), {
    source: external.source,
    name: source.name,
    fields: source.fields.map((field) => field.name),
    state: undefined,
    inclusive: true,
    loadedMessages: () => Promise.resolve(new Set()),
    log: context.log,
    signal: context.signal,
  });
  try {
    // one more than is shown tells that there are more
    const records = extract.format === "csv" ? rows + 2 : rows + 1;
    await writeAll(path, firstRecords(extract.content, { records, isCsv: extract.format === "csv" }));
    return path;
  } finally {
    await extract.close();
  }
}

async function fetchFile(context: TaskContext, source: SourceDefinition, folder: string): Promise<string> {
  const address = parseFileAddress(source.path);
  const connection = await context.connection(address.connection ?? "");
  checkScheme(address, connection.type);
  const store = await context.files(connection);
  const remote = source.dropFolder === undefined ? address.path : await nextFile(store, source);
  const isCut = READ_FROM_FRONT.has(source.format) && !/\.(gz|zip)$/i.test(remote);
  const path = join(folder, basename(remote));
  const content = await store.read(remote, { signal: context.signal });
  await writeAll(path, isCut ? front(content) : content);
  return path;
}

async function nextFile(store: FileStore, source: SourceDefinition): Promise<string> {
  const found = source.dropFolder === undefined ? [] : await store.list(parseFileAddress(source.path).path);
  const { ready } = await settledFiles(found, source.dropFolder ?? { archive: "", failed: "", stableSeconds: 0, order: "name" });
  const [first] = ready;
  if (first !== undefined) return first.path;
  throw new PolyflowError("source_unreadable", `No file waits in the drop folder of source "${source.name}" (${source.path}).`);
}

/** The first megabytes, to the end of a line. */
async function* front(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    const end = bytes < FRONT_BYTES ? chunk.length : chunk.lastIndexOf(0x0a) + 1;
    yield chunk.subarray(0, end);
    if (bytes >= FRONT_BYTES && end > 0) return;
  }
}

async function writeAll(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = createWriteStream(path);
  try {
    for await (const chunk of content) if (!file.write(chunk)) await once(file, "drain");
  } finally {
    file.end();
    await once(file, "close");
  }
}
