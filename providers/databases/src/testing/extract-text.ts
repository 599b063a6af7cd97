import { text } from "node:stream/consumers";
import type { ExternalSource, JsonObject } from "@polyflow/contracts";
import type { Connection, ExtractRequest } from "@polyflow/sdk";
import { provider } from "../provider.ts";

/** Reads a source to its end. */
export async function extractText(
  connection: Connection,
  source: ExternalSource,
  more: Partial<ExtractRequest> = {},
): Promise<{ readonly content: string; readonly state: JsonObject | undefined }> {
  const extract = await provider.extract(connection, {
    source,
    name: "orders",
    fields: [],
    state: undefined,
    inclusive: false,
    loadedMessages: () => Promise.resolve(new Set()),
    log: { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined },
    signal: AbortSignal.timeout(20_000),
    ...more,
  });
  try {
    const content = await text(extract.content);
    return { content, state: extract.state() };
  } finally {
    await extract.close();
  }
}
