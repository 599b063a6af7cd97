import { queryOptions } from "@tanstack/react-query";
import { get, send, url } from "./http.ts";
import { uploadTo } from "./uploads.ts";

export interface LayoutFile {
  readonly place: "source" | "upload";
  readonly path: string;
}
export interface LayoutFileEntry extends LayoutFile {
  readonly bytes: number;
}

export type FieldType = "string" | "integer" | "number" | "boolean" | "date" | "datetime" | "time" | "object" | "array" | "any";

/** A field of a source as its YAML says it. */
export interface LayoutField {
  readonly name: string;
  readonly path?: string | undefined;
  readonly type?: FieldType | undefined;
  readonly format?: string | undefined;
  readonly decimalChar?: string | undefined;
  readonly groupChar?: string | undefined;
  readonly trueValues?: readonly string[] | undefined;
  readonly falseValues?: readonly string[] | undefined;
  readonly missingValues?: readonly string[] | undefined;
  readonly constraints?: { readonly [key: string]: unknown } | undefined;
  readonly description?: string | undefined;
}

/** A dialect as the YAML says it; only what the designer knows by name. */
export interface LayoutDialect {
  readonly header?: boolean | undefined;
  readonly headerRows?: readonly number[] | undefined;
  readonly delimiter?: string | undefined;
  readonly quoteChar?: string | undefined;
  readonly commentChar?: string | undefined;
  readonly nullSequence?: string | undefined;
  readonly property?: string | undefined;
  readonly sheetName?: string | undefined;
  readonly sheetNumber?: number | undefined;
  readonly range?: string | undefined;
  readonly hiddenRows?: "read" | "skip" | undefined;
  readonly hiddenColumns?: "read" | "skip" | undefined;
  readonly mergedCells?: "first" | "fill" | undefined;
  readonly footerRows?: number | undefined;
  readonly totals?: string | undefined;
}

/** The description of a source as data. What the designer does not know by name stays as it is. */
export interface Layout {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly path?: string | undefined;
  readonly format?: string | undefined;
  readonly encoding?: string | undefined;
  readonly dialect?: LayoutDialect | undefined;
  readonly schema: { readonly fields: readonly LayoutField[]; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export interface TargetWish {
  readonly schema: string;
  readonly mode: "replace" | "append" | "merge";
  readonly keys: readonly string[];
  readonly unique: readonly string[];
}

export interface LayoutOrder {
  readonly project: string;
  readonly file?: LayoutFile | undefined;
  readonly path?: string | undefined;
  readonly source?: string | undefined;
  readonly name?: string | undefined;
  readonly text?: string | undefined;
  readonly layout?: Layout | undefined;
  readonly target?: TargetWish | undefined;
  readonly hints?: LayoutHints | undefined;
  readonly rows?: number | undefined;
}
export type LayoutHints = Omit<LayoutDialect, "nullSequence"> & {
  readonly format?: string | undefined;
  readonly encoding?: string | undefined;
};

export interface RawGrid {
  readonly sheets: readonly string[];
  readonly sheet: string | null;
  readonly rows: readonly { readonly number: number; readonly isHidden: boolean; readonly cells: readonly (string | null)[] }[];
  readonly merged: readonly {
    readonly firstRow: number;
    readonly lastRow: number;
    readonly firstColumn: number;
    readonly lastColumn: number;
  }[];
  readonly hiddenColumns: readonly number[];
  readonly isCut: boolean;
}
export interface PreviewRow {
  readonly row: number;
  readonly values: readonly (string | null)[];
  readonly cast: readonly (string | null)[];
}
export interface PreviewReject {
  readonly row: number;
  readonly column: string;
  readonly value: string | null;
  readonly reason: string;
}
export interface LayoutPreview {
  readonly fields: readonly string[];
  readonly records: readonly PreviewRow[];
  readonly refused: readonly PreviewRow[];
  readonly rejects: readonly PreviewReject[];
  readonly read: number;
  readonly is_whole: boolean;
}
export interface MetadataFile {
  readonly file: string;
  readonly text: string;
}

export interface LayoutLook {
  readonly text: string;
  readonly layout: Layout;
  readonly file: LayoutFile;
  readonly existing: (MetadataFile & { readonly hash: string }) | null;
  readonly taken: readonly { readonly file: string; readonly hash: string }[];
  readonly problems: readonly {
    readonly line: number;
    readonly column: number;
    readonly path: string;
    readonly message: string;
    readonly proposal?: string;
  }[];
  readonly target: { readonly entity: MetadataFile; readonly flow: MetadataFile } | null;
  readonly proposal: {
    readonly name: string;
    readonly source_file: string;
    readonly notes: readonly string[];
    readonly keys: readonly string[];
    readonly reasons: { readonly [field: string]: readonly string[] };
  } | null;
  readonly grid: RawGrid | null;
  readonly preview: LayoutPreview | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface LayoutSaveOrder {
  readonly project: string;
  readonly files: readonly (MetadataFile & { readonly expected: string | null })[];
  readonly keep?: { readonly upload: string; readonly path: string; readonly replace: boolean } | undefined;
}

const LAYOUTS = "/api/v2/data/layouts";

export function layoutFilesQuery(project: string) {
  return queryOptions({
    queryKey: ["layouts", "files", project],
    queryFn: ({ signal }) =>
      get<{ readonly files: readonly LayoutFileEntry[]; readonly is_cut: boolean }>(url(`${LAYOUTS}/files`, { project }), signal),
    enabled: project !== "",
  });
}

/** Asks what a draft makes of a file; giving up ends the work on the server. */
export function lookAtLayout(order: LayoutOrder, signal?: AbortSignal): Promise<LayoutLook> {
  return send("POST", LAYOUTS, order, signal);
}

export function uploadLayoutFile(project: string, file: File, progress: (share: number) => void): Promise<LayoutFileEntry> {
  return uploadTo(url(`${LAYOUTS}/uploads`, { project }), file, progress);
}

export function fetchLayoutFile(project: string, address: string): Promise<LayoutFileEntry> {
  return send("POST", `${LAYOUTS}/fetch`, { project, address });
}

export function saveLayout(
  order: LayoutSaveOrder,
): Promise<{ readonly files: readonly { readonly file: string; readonly hash: string }[] }> {
  return send("PUT", LAYOUTS, order);
}
