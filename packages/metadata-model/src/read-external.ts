import { type ExternalSource, isFileAddress, isPolyflowError, parseFileAddress } from "@polyflow/contracts";
import type { MetadataDocument } from "./metadata-document.ts";
import type { ExternalPlace, SourceFormat } from "./source-definition.ts";

const KINDS = ["sql", "collection", "rest", "soap", "queue"] as const;
type Kind = (typeof KINDS)[number];

/** What of a source's YAML says where its records come from; each kind is as its schema allows. */
export interface RawPlace {
  readonly path?: string;
  readonly format?: SourceFormat;
  readonly connection?: string;
  readonly sql?: object;
  readonly collection?: object;
  readonly rest?: object;
  readonly soap?: object;
  readonly queue?: object;
}

/** Keys that mean something for files alone. */
const FILE_KEYS = ["format", "encoding", "compression", "innerpath", "dropFolder", "dialect", "mediatype"] as const;

/** Reports sources that name no place, or more than one, and options that do not go together. */
export function checkExternal(document: MetadataDocument, raw: RawPlace): void {
  const kinds = KINDS.filter((kind) => raw[kind] !== undefined);
  const [kind, second] = kinds;
  if (kind === undefined) return checkFile(document, raw);
  if (second !== undefined || raw.path !== undefined) {
    const other = second ?? "path";
    document.report([other], {
      message: `a source reads from one place, and \`${kind}\` is one already`,
      proposal: "remove one of them",
      atKey: true,
    });
  }
  if (raw.connection === undefined) {
    document.report([kind], { message: `\`${kind}\` needs the id of a connection`, proposal: "add `connection: <id>`", atKey: true });
  }
  for (const key of FILE_KEYS) {
    if (Reflect.get(raw, key) === undefined) continue;
    document.report([key], { message: `\`${key}\` is for files, not for \`${kind}\``, proposal: "remove it", atKey: true });
  }
  const options = optionsOf(raw, kind);
  if (kind === "sql") checkSql(document, options);
  if (kind === "rest") checkPaging(document, options);
}

/** The system and what to read from it; undefined for a file. */
export function externalOf(raw: RawPlace): ExternalPlace | undefined {
  const kind = KINDS.find((each) => raw[each] !== undefined);
  if (kind === undefined || raw.connection === undefined) return undefined;
  // the schema has been checked, and each kind has one
  const source = { kind, ...textInitial(optionsOf(raw, kind)) } as ExternalSource; // oxlint-disable-line typescript/no-unsafe-type-assertion
  return { connection: raw.connection, source };
}

/** YAML takes `2026` for a number; cursors are texts. */
function textInitial(options: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      if (key === "initial") return [key, typeof value === "number" ? String(value) : value];
      return [key, key === "incremental" && typeof value === "object" && value !== null ? textInitial({ ...value }) : value];
    }),
  );
}

/** The form that an extraction has: rows of a database as CSV, everything else as a JSON object per line. */
export function externalFormat({ source }: ExternalPlace): SourceFormat {
  return source.kind === "sql" ? "csv" : "ndjson";
}

function optionsOf(raw: RawPlace, kind: Kind): { readonly [key: string]: unknown } {
  return { ...raw[kind] };
}

function checkFile(document: MetadataDocument, raw: RawPlace): void {
  if (raw.path === undefined) {
    document.report([], {
      message: "the source does not say where it reads",
      proposal: `write \`path\` for a file, or one of ${KINDS.join(", ")}`,
    });
  } else if (raw.format === undefined) {
    document.report(["path"], { message: "`format` is missing", proposal: "write `format: csv` or what the file is", atKey: true });
  }
  if (raw.connection !== undefined) {
    document.report(["connection"], {
      message: "`connection` is for sources that are no files",
      proposal: "a file on a server is written `path: sftp://<connection>/<path>`",
      atKey: true,
    });
  }
}

/** Whether a path is the address of a file on a server; what is wrong with it is reported. */
export function checkAddress(document: MetadataDocument, path: string): boolean {
  if (!isFileAddress(path)) return false;
  try {
    parseFileAddress(path);
  } catch (error) {
    if (!isPolyflowError(error, "request_invalid")) throw error;
    document.report(["path"], { message: error.message });
  }
  return true;
}

function checkSql(document: MetadataDocument, options: { readonly [key: string]: unknown }): void {
  if ((options["table"] === undefined) === (options["query"] === undefined)) {
    document.report(["sql"], { message: "exactly one of `table` and `query` says what to read" });
  }
  for (const key of ["initial", "overlap", "nullCursor"]) {
    if (options[key] === undefined || options["cursor"] !== undefined) continue;
    document.report(["sql", key], { message: `\`${key}\` means nothing without \`cursor\``, proposal: "remove it", atKey: true });
  }
}

/** Keys that each kind of paging needs, and those that it may have. */
const PAGING: { readonly [kind: string]: { readonly needs: readonly string[]; readonly takes: readonly string[] } } = {
  page: { needs: [], takes: ["parameter", "first", "sizeParameter", "size"] },
  offset: { needs: ["size"], takes: ["parameter", "sizeParameter"] },
  cursor: { needs: ["parameter", "next"], takes: ["sizeParameter", "size"] },
  link: { needs: [], takes: [] },
  nextUrl: { needs: ["next"], takes: [] },
};

function checkPaging(document: MetadataDocument, options: { readonly [key: string]: unknown }): void {
  const { paging } = options;
  if (typeof paging !== "object" || paging === null) return;
  const kind = String(Reflect.get(paging, "kind"));
  const { needs, takes } = PAGING[kind] ?? { needs: [], takes: [] };
  for (const key of needs) {
    if (Reflect.get(paging, key) !== undefined) continue;
    document.report(["rest", "paging"], { message: `paging of the kind ${kind} needs \`${key}\`` });
  }
  for (const key of Object.keys(paging)) {
    if (key === "kind" || needs.includes(key) || takes.includes(key)) continue;
    document.report(["rest", "paging", key], {
      message: `\`${key}\` means nothing for paging of the kind ${kind}`,
      proposal: "remove it",
      atKey: true,
    });
  }
}
