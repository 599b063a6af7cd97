import type { SourceDefinition } from "@polyflow/metadata-model";
import { openContent } from "../extract/container/open-content.ts";
import { cellText, ExactNumber } from "../extract/json-values.ts";
import { openFormat, openObjects } from "../extract/open-format.ts";
import type { SourceFile } from "../extract/source-file.ts";
import type { LoadLimits } from "../load-request.ts";
import { readRecords } from "../preview/read-records.ts";
import type { StagedRecord } from "../preview/read-records.ts";
import { ColumnProfile } from "./column-profile.ts";

export interface ProfiledColumn {
  readonly profile: ColumnProfile;
  /** Place in a record that is a tree, where that is not the name. */
  readonly path?: string;
}

export interface ProfiledRecords {
  readonly columns: readonly ProfiledColumn[];
  readonly read: number;
  readonly refused: readonly { readonly row: number; readonly reason: string }[];
  /** The file has no further records. */
  readonly isWhole: boolean;
}

export interface ProfileContext {
  readonly file: SourceFile;
  readonly source: SourceDefinition;
  readonly limits: LoadLimits;
  /** Records to look at. */
  readonly rows: number;
  readonly signal: AbortSignal;
}

const REFUSED_KEPT = 20;

/** Counts what was looked at. */
class Look {
  readonly refused: { readonly row: number; readonly reason: string }[] = [];
  read = 0;

  /** Counts a record, and what is wrong with it. */
  count(problem: string | undefined): void {
    this.read++;
    if (problem !== undefined) this.refuse(this.read, problem);
  }

  refuse(row: number, reason: string): void {
    if (this.refused.length < REFUSED_KEPT) this.refused.push({ row, reason });
  }

  result(columns: readonly ProfiledColumn[], isWhole: boolean): ProfiledRecords {
    return { columns, read: this.read, refused: this.refused, isWhole };
  }
}

/** Looks at the columns of a table whose fields are not known yet. */
export async function profileTable(context: ProfileContext): Promise<ProfiledRecords> {
  const { file, source, limits, rows, signal } = context;
  const extraction = await openFormat(file, { source, limits, signal });
  try {
    const names = extraction.header ?? source.fields.map((field) => field.name);
    const columns = names.map((name) => ({ profile: new ColumnProfile(name) }));
    const look = new Look();
    for await (const part of readRecords(extraction)) {
      for (const record of part.records) addRow(columns, record);
      for (const { row, reason } of part.refused) look.refuse(row, reason);
      look.read += part.records.length + part.refused.length;
      if (look.read >= rows) return look.result(columns, false);
    }
    return look.result(columns, true);
  } finally {
    await extraction.close();
  }
}

function addRow(columns: readonly ProfiledColumn[], record: StagedRecord): void {
  for (const [index, { profile }] of columns.entries()) profile.add(record.cells[index] ?? null, record.row);
}

/** Looks at records that are trees; each leaf that occurs becomes a column. */
export async function profileObjects(context: ProfileContext): Promise<ProfiledRecords> {
  const { file, source, limits, rows } = context;
  const content = await openContent(file, source, limits);
  try {
    const leaves = new Leaves(source.format === "xml" ? "/" : ".");
    const look = new Look();
    for await (const batch of openObjects(content, source, limits)) {
      for (const item of batch) {
        const problem = "reason" in item ? item.reason : leaves.add("value" in item ? item.value : item.cells, look.read + 1);
        look.count(problem);
      }
      if (look.read >= rows) return look.result(leaves.columns(look.read), false);
    }
    return look.result(leaves.columns(look.read), true);
  } finally {
    await content.close();
  }
}

type Tree = { readonly [key: string]: unknown };

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

const MAX_DEPTH = 4;

/** The leaves of all records, by their place in the tree. */
class Leaves {
  readonly #separator: string;
  readonly #profiles = new Map<string, ColumnProfile>();

  constructor(separator: string) {
    this.#separator = separator;
  }

  /** Takes a record; returns what is wrong with it. */
  add(record: unknown, row: number): string | undefined {
    if (!isTree(record)) return "is not an object";
    this.#addTree(record, [], row);
    return undefined;
  }

  /** Records that lack a leaf have no value there. */
  columns(read: number): readonly ProfiledColumn[] {
    return [...this.#profiles].map(([path, profile]) => {
      const seen = profile.values + profile.empty + [...profile.missing.values()].reduce((sum, count) => sum + count, 0);
      profile.empty += read - seen;
      return { profile, path };
    });
  }

  #addTree(tree: Tree, above: readonly string[], row: number): void {
    for (const [key, value] of Object.entries(tree)) {
      const path = [...above, key];
      if (isTree(value) && this.#canBeNamed(path, value)) this.#addTree(value, path, row);
      else this.#profile(path.join(this.#separator)).add(cellText(value), row);
    }
  }

  /** A key with the separator in it cannot be named by a path. */
  #canBeNamed(path: readonly string[], tree: Tree): boolean {
    return path.length < MAX_DEPTH && ![...path, ...Object.keys(tree)].some((key) => key.includes(this.#separator));
  }

  #profile(path: string): ColumnProfile {
    const known = this.#profiles.get(path);
    if (known !== undefined) return known;
    const profile = new ColumnProfile(path);
    this.#profiles.set(path, profile);
    return profile;
  }
}
