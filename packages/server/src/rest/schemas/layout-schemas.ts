import { z } from "zod";
import { jsonObject, maybeText } from "./common.ts";

export const projectName = z.string().min(1).max(250);
const filePath = z.string().min(1).max(500);
const MOST_TEXT = 400_000;
const yamlText = z.string().max(MOST_TEXT);
const hash = z.string().regex(/^[\da-f]{64}$/, "is no hash of a file");

const layoutFile = z.strictObject({
  place: z.enum(["source", "upload"]).meta({ description: "In the project's `source/` folder, or among its uploads." }),
  path: filePath,
});
export const layoutFileEntry = z.object({ place: layoutFile.shape.place, path: z.string(), bytes: z.number() });
export const layoutFiles = z
  .object({ files: z.array(layoutFileEntry), is_cut: z.boolean().meta({ description: "There are more files than are listed." }) })
  .meta({ id: "LayoutFiles" });
export const layoutUpload = layoutFileEntry.extend({ name: z.string() }).meta({ id: "LayoutUpload" });

export const layoutFetchBody = z
  .strictObject({
    project: projectName,
    address: z.string().min(1).max(2000).meta({ description: "Like `sftp://connection_id/path`." }),
  })
  .meta({ id: "LayoutFetchBody" });

const layoutHints = z.strictObject({
  format: z.enum(["csv", "tsv", "json", "ndjson", "xlsx", "xls", "xml", "parquet", "dbf"]).optional(),
  encoding: z.string().max(50).optional(),
  innerpath: filePath.optional(),
  header: z.boolean().optional(),
  headerRows: z.array(z.int().min(1)).min(1).max(50).optional(),
  headerJoin: z.string().max(20).optional(),
  delimiter: z.string().min(1).max(10).optional(),
  quoteChar: z.string().max(1).optional(),
  commentChar: z.string().length(1).optional(),
  property: z.string().min(1).max(1000).optional(),
  sheetName: z.string().min(1).max(250).optional(),
  sheetNumber: z.int().min(1).optional(),
  range: z.string().min(1).max(50).optional(),
  hiddenRows: z.enum(["read", "skip"]).optional(),
  hiddenColumns: z.enum(["read", "skip"]).optional(),
  mergedCells: z.enum(["first", "fill"]).optional(),
  footerRows: z.int().min(0).max(1000).optional(),
  totals: z.string().min(1).max(500).optional(),
});

export type LayoutHints = z.infer<typeof layoutHints>;

export const layoutBody = z
  .strictObject({
    project: projectName,
    file: layoutFile.optional().meta({ description: "Absent: the file that the source's description names." }),
    path: filePath.optional().meta({ description: "How the source names the file. Default: its path in `source/`." }),
    source: z.string().min(1).max(250).optional().meta({ description: "A source that is described already: its YAML is the draft." }),
    name: z
      .string()
      .regex(/^[a-z0-9._-]{1,100}$/, "has lower-case letters, digits, `.`, `_`, `-` only")
      .optional(),
    text: yamlText.optional().meta({ description: "Draft of the YAML. Without it, and without a source, one is proposed." }),
    layout: jsonObject.optional().meta({ description: "What the draft says instead, as data; comments and form of the YAML stay." }),
    hints: layoutHints.optional().meta({ description: "For a proposal: what is known already." }),
    target: z
      .strictObject({
        schema: z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, "is no name of a schema: lower-case letters, digits, `_`"),
        mode: z.enum(["replace", "append", "merge"]),
        keys: z.array(z.string().max(1000)).max(100).default([]),
        unique: z.array(z.string().max(1000)).max(1000).default([]),
      })
      .optional()
      .meta({ description: "How the source is to be loaded: entity and flow are proposed for it." }),
    rows: z.int().min(1).max(500).default(100),
  })
  .meta({ id: "LayoutBody" });

export type LayoutTarget = NonNullable<z.infer<typeof layoutBody>["target"]>;

const problem = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  path: z.string(),
  value: z.string(),
  message: z.string(),
  proposal: z.string().optional(),
});
export const metadataFile = z.object({ file: z.string(), text: z.string() });
const previewRow = z.object({ row: z.number(), values: z.array(maybeText), cast: z.array(maybeText) });
const cells = z.object({ firstRow: z.number(), lastRow: z.number(), firstColumn: z.number(), lastColumn: z.number() });

export const layoutLook = z
  .object({
    text: z.string().meta({ description: "YAML of the source." }),
    layout: jsonObject.meta({ description: "The same as data." }),
    file: layoutFileEntry.omit({ bytes: true }).meta({ description: "The file that was read." }),
    existing: metadataFile
      .extend({ hash: z.string() })
      .nullable()
      .meta({ description: "The description that is there under this name; what saves over it has to name the hash." }),
    taken: z.array(z.object({ file: z.string(), hash: z.string() })).meta({ description: "Which files of the target are there already." }),
    problems: z.array(problem),
    target: z.object({ entity: metadataFile, flow: metadataFile }).nullable(),
    proposal: z
      .object({
        name: z.string(),
        source_file: z.string(),
        notes: z.array(z.string()),
        keys: z.array(z.string()),
        reasons: z.record(z.string(), z.array(z.string())),
      })
      .nullable(),
    grid: z
      .object({
        sheets: z.array(z.string()),
        sheet: maybeText,
        rows: z.array(z.object({ number: z.number(), isHidden: z.boolean(), cells: z.array(maybeText) })),
        merged: z.array(cells),
        hiddenColumns: z.array(z.number()),
        isCut: z.boolean(),
      })
      .nullable(),
    preview: z
      .object({
        header: z.array(z.string()).nullable(),
        fields: z.array(z.string()),
        records: z.array(previewRow),
        refused: z.array(previewRow),
        rejects: z.array(z.object({ row: z.number(), column: z.string(), value: maybeText, reason: z.string() })),
        read: z.number(),
        is_whole: z.boolean(),
      })
      .nullable(),
    failure: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: "LayoutLook" });
export type LayoutLookAnswer = z.infer<typeof layoutLook>;

const metadataPath = z.string().regex(/^metadata\/(sources|entities|flows)\/[\p{L}\p{N}._/-]+\.ya?ml$/u, "is no file of metadata");
export const layoutSaveBody = z
  .strictObject({
    project: projectName,
    files: z
      .array(
        z.strictObject({
          file: metadataPath,
          text: yamlText,
          expected: hash.nullable().meta({ description: "Hash of what was read; null: there was no file." }),
        }),
      )
      .min(1)
      .max(3),
    keep: z
      .strictObject({ upload: filePath, path: filePath, replace: z.boolean().default(false) })
      .optional()
      .meta({ description: "An upload that is put into the project's `source/` folder under this path." }),
  })
  .meta({ id: "LayoutSaveBody" });
export const layoutSaved = z.object({ files: z.array(z.object({ file: z.string(), hash: z.string() })) }).meta({ id: "LayoutSaved" });
