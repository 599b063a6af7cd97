import type { Readable } from "node:stream";

/** A file of a store. */
export interface FileEntry {
  /** From the store's root, with `/`, without one at the beginning. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly modified: Date | undefined;
}

/**
 * Files somewhere: a folder of this machine, an SFTP or FTP server, a bucket. Paths are below the root that the connection names;
 * `..` never leads out of it. All calls throw PolyflowError: `file_not_found`, `external_system_failed`, `request_invalid`.
 */
export interface FileStore {
  /**
   * Files whose path fits the mask, in order of their paths: `*` and `?` within a name, `**` for any folders, `[ab]` for one of several.
   * Files that are being written by this store are not among them.
   */
  list(mask: string): Promise<readonly FileEntry[]>;
  /** Undefined when there is no such file. */
  stat(path: string): Promise<FileEntry | undefined>;
  /** The bytes, from `start` on; a connection that breaks in between is taken up again where it broke. */
  read(path: string, options?: { readonly start?: number; readonly signal?: AbortSignal }): Promise<Readable>;
  /** Writes all of it, or nothing: the file appears under its name when it is complete. Makes folders that are missing. */
  write(path: string, content: AsyncIterable<Uint8Array>, options?: { readonly signal?: AbortSignal }): Promise<FileEntry>;
  /** Renames within the store; a file that is there already is replaced. */
  move(from: string, to: string): Promise<void>;
  /** Deleting what is not there is no error. */
  delete(path: string): Promise<void>;
}
