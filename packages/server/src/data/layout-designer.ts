import type { Readable } from "node:stream";
import type { JsonObject } from "@polyflow/contracts";
import type { LayoutHints, LayoutLookAnswer, LayoutTarget } from "../rest/schemas/layout-schemas.ts";

/** A file that can be laid out: one in the project's `source/` folder, or one that was uploaded for the project. */
export interface LayoutFile {
  readonly place: "source" | "upload";
  /** Relative to the folder of the place, with `/`. */
  readonly path: string;
}

export interface LayoutFileEntry extends LayoutFile {
  readonly bytes: number;
}

export interface RemoteFile {
  readonly name: string;
  readonly content: Readable;
  close(): Promise<void>;
}

export interface LayoutOrder {
  /** Absent: the file that the source's description names. */
  readonly file?: LayoutFile | undefined;
  /** How the source names the file. Default: its path in `source/`. */
  readonly path?: string | undefined;
  /** A source that is described already: its YAML is the draft. */
  readonly source?: string | undefined;
  readonly name?: string | undefined;
  /** How the source is to be loaded. */
  readonly target?: LayoutTarget | undefined;
  readonly text?: string | undefined;
  readonly layout?: JsonObject | undefined;
  /** For a proposal: what is known already. */
  readonly hints?: LayoutHints | undefined;
  readonly rows?: number | undefined;
}

export interface SavedLayout {
  readonly files: readonly { readonly file: string; readonly hash: string }[];
}

export interface LayoutSaveOrder {
  readonly files: readonly {
    /** Relative to the project: `metadata/sources/city.yaml`. */
    readonly file: string;
    readonly text: string;
    /** Hash of what was read; null: there was no file. */
    readonly expected: string | null;
  }[];
  /** An upload that becomes the file of the source. */
  readonly keep?: { readonly upload: string; readonly path: string; readonly replace: boolean } | undefined;
}

/**
 * What the layout designer of the interface does with files and descriptions of projects; the application that composes the server brings
 * it. What files hold is read in children, never in the server.
 */
export interface LayoutDesigner {
  projectNames(): readonly string[];
  /** @throws PolyflowError `not_found` for a project that is not there */
  files(project: string): Promise<{ readonly files: readonly LayoutFileEntry[]; readonly isCut: boolean }>;
  /** Opens a file on a connection, for the project's uploads. @throws PolyflowError `request_invalid`, `connection_not_found`, `file_not_found` */
  open(address: string, signal: AbortSignal): Promise<RemoteFile>;
  /** @throws PolyflowError `source_unreadable`, `source_empty`, `metadata_invalid`, `file_not_found` */
  look(project: string, order: LayoutOrder, signal: AbortSignal): Promise<LayoutLookAnswer>;
  /** Writes descriptions, all or none. @throws PolyflowError `metadata_invalid`, `code_conflict` */
  save(project: string, order: LayoutSaveOrder): Promise<SavedLayout>;
}
