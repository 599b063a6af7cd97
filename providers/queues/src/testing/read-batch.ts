import { text } from "node:stream/consumers";
import type { JsonObject, QueueExtract } from "@polyflow/contracts";
import type { Connection, ExtractRequest } from "@polyflow/sdk";
import { provider } from "../provider.ts";

/** A batch that was read. */
export interface ReadBatch {
  readonly records: readonly JsonObject[];
  readonly text: string;
  readonly state: JsonObject | undefined;
  readonly messageIds: readonly string[];
  readonly log: readonly string[];
}

/** Reads a batch; `commits: false` is a load that dies before its commit is told to the queue. */
export async function readBatch(
  connection: Connection,
  source: QueueExtract,
  { commits = true, ...more }: Partial<ExtractRequest> & { readonly commits?: boolean } = {},
): Promise<ReadBatch> {
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  const extract = await provider.extract?.(connection, {
    source: { kind: "queue", idleSeconds: 0.2, ...source },
    name: "orders",
    fields: [],
    state: undefined,
    inclusive: false,
    loadedMessages: () => Promise.resolve(new Set()),
    log: { debug: note, info: note, warning: note, error: note },
    signal: AbortSignal.timeout(20_000),
    ...more,
  });
  if (extract === undefined) throw new Error("the provider extracts nothing");
  try {
    const content = await text(extract.content);
    const records = content.split("\n").flatMap((line): JsonObject[] => (line === "" ? [] : [JSON.parse(line)]));
    const batch = { records, text: content, state: extract.state(), messageIds: extract.messageIds(), log };
    if (commits) await extract.committed();
    return batch;
  } finally {
    await extract.close();
  }
}
