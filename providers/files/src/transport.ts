import type { Readable } from "node:stream";
import type { FileEntry } from "@polyflow/sdk";

/** An entry of a folder, as a server lists it. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "other";
  readonly size: number;
  readonly modified: Date | undefined;
}

/**
 * What a protocol with folders can do; paths are those of `storePath`. Failures are the protocol's own: `TransportStore` makes
 * PolyflowErrors of them.
 */
export interface Transport {
  /** Where it is, for messages: `sftp://db.example:22/export`. */
  readonly place: string;
  /** Entries of a folder ("" is the root); undefined when there is no such folder. */
  listFolder(folder: string): Promise<readonly FolderEntry[] | undefined>;
  /** Undefined when there is no such file. */
  stat(path: string): Promise<FileEntry | undefined>;
  openRead(path: string, start: number): Promise<Readable>;
  /** Writes a file that is not there yet. */
  writeNew(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes the place of what is there. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes a folder and those above it. */
  makeFolder(folder: string): Promise<void>;
  close(): Promise<void>;
}
