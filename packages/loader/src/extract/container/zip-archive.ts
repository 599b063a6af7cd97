import { isUtf8 as bytesAreUtf8 } from "node:buffer";
import { crc32 } from "node:zlib";
import { PolyflowError } from "@polyflow/contracts";
import { openPromise } from "yauzl";
import type { Entry, ZipFile } from "yauzl";
import type { LoadLimits } from "../../load-request.ts";
import { checkExpansion } from "./check-expansion.ts";

const MAX_MEMBERS = 100_000;

/** A zip archive, which is also what an xlsx workbook is. */
export class ZipArchive {
  readonly name: string;
  /** Files by name; folders are left out. */
  readonly members: ReadonlyMap<string, Entry>;
  readonly #zip: ZipFile;
  readonly #limits: LoadLimits;

  private constructor(name: string, zip: ZipFile, opened: { readonly members: ReadonlyMap<string, Entry>; readonly limits: LoadLimits }) {
    this.name = name;
    this.#zip = zip;
    this.members = opened.members;
    this.#limits = opened.limits;
  }

  /**
   * @param name for messages
   * @throws PolyflowError `source_unreadable` for what is no zip archive
   */
  static async open(path: string, name: string, limits: LoadLimits): Promise<ZipArchive> {
    let zip: ZipFile;
    try {
      zip = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: false });
    } catch (error) {
      throw damaged(name, error);
    }
    const members = new Map<string, Entry>();
    try {
      for await (const entry of zip.eachEntry()) {
        const member = memberName(entry);
        if (member.endsWith("/")) continue;
        members.set(member, entry);
        if (members.size > MAX_MEMBERS)
          throw new PolyflowError("source_unreadable", `${name} holds more than ${MAX_MEMBERS} files; that many are not looked through.`);
      }
    } catch (error) {
      zip.close();
      throw error instanceof PolyflowError ? error : damaged(name, error);
    }
    return new ZipArchive(name, zip, { members, limits });
  }

  /**
   * The unpacked bytes of a member, with size and checksum verified at the end.
   * @throws PolyflowError `source_unreadable`
   */
  async *read(entry: Entry): AsyncGenerator<Uint8Array, void> {
    const place = `${entry.fileName} in ${this.name}`;
    if (entry.isEncrypted()) {
      throw new PolyflowError(
        "source_unreadable",
        `${place} is encrypted. Have it written without a password; Polyflow keeps none for files.`,
      );
    }
    checkExpansion(place, { packed: entry.compressedSize, unpacked: entry.uncompressedSize }, this.#limits);
    let checksum = 0;
    try {
      const stream = await this.#zip.openReadStreamPromise(entry, {});
      for await (const chunk of stream) {
        if (!(chunk instanceof Uint8Array)) continue;
        checksum = crc32(chunk, checksum);
        yield chunk;
      }
    } catch (error) {
      throw damaged(place, error);
    }
    if (checksum !== entry.crc32) {
      throw new PolyflowError("source_unreadable", `${place} is damaged: its checksum is wrong. Fetch it again.`);
    }
  }

  close(): void {
    this.#zip.close();
  }
}

const UTF8_FLAG = 0x800;

/** Archivers of DOS and Windows in Russian write names in cp866 and do not say so. */
function memberName(entry: Entry): string {
  const raw = entry.fileNameRaw;
  const isUtf8 = (entry.generalPurposeBitFlag & UTF8_FLAG) !== 0 || bytesAreUtf8(raw);
  return new TextDecoder(isUtf8 ? "utf-8" : "ibm866").decode(raw).replaceAll("\\", "/");
}

function damaged(place: string, error: unknown): PolyflowError {
  const reason = error instanceof Error ? error.message : String(error);
  return new PolyflowError("source_unreadable", `${place} is not a whole zip archive: ${reason}. Check its format, or fetch it again.`, {
    cause: error,
  });
}
