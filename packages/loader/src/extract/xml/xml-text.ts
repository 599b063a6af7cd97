import { TextDecoder } from "node:util";
import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import { decoderLabel } from "../byte-source.ts";
import type { SourceFile } from "../source-file.ts";

const CHUNK_BYTES = 64 * 1024;
const PROLOG_BYTES = 256;

/**
 * The text of an XML document, piece by piece. The encoding is that of the byte order mark, of the prolog, or of the source, in this order.
 * @throws PolyflowError `source_unreadable` for bytes that the encoding does not have
 */
export async function* xmlText(source: SourceDefinition, file: SourceFile): AsyncGenerator<string, void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = await fillStart(file, chunk);
  const label = encodingOf(chunk.subarray(0, filled)) ?? decoderLabel(source.encoding);
  const decoder = openDecoder(file.name, label);
  let bytes = 0;
  for (;;) {
    try {
      const text = decoder.decode(chunk.subarray(0, filled), { stream: filled > 0 });
      if (text !== "") yield text;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new PolyflowError(
        "source_unreadable",
        `${file.name} is not ${label} after byte ${bytes}. Check \`encoding\` in the source's YAML and in the document's first line.`,
        {
          cause: error,
        },
      );
    }
    if (filled === 0) return;
    bytes += filled;
    filled = await file.read(chunk, 0);
  }
}

async function fillStart(file: SourceFile, chunk: Buffer): Promise<number> {
  let filled = 0;
  while (filled < PROLOG_BYTES) {
    const count = await file.read(chunk.subarray(0, CHUNK_BYTES), filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** What the document says of itself. */
function encodingOf(start: Buffer): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return "utf-8";
  if (start[0] === 0x3c && start[1] === 0) return "utf-16le";
  if (start[0] === 0 && start[1] === 0x3c) return "utf-16be";
  const prolog = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.-]+)["']/.exec(start.subarray(0, PROLOG_BYTES).toString("latin1"));
  return prolog?.[1]?.toLowerCase();
}

function openDecoder(name: string, label: string): TextDecoder {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (error) {
    throw new PolyflowError(
      "source_unreadable",
      `${name} says that it is written in "${label}", which is not supported. Have it written in UTF-8.`,
      {
        cause: error,
      },
    );
  }
}
