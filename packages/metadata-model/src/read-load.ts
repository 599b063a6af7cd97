import { proposeWord } from "./closest-word.ts";
import type { EntityDefinition } from "./entity-definition.ts";
import type {
  ColumnMapping,
  DedupPolicy,
  FlowDefinition,
  LoadCursor,
  LoadMode,
  MergeStrategy,
  MissingRowsPolicy,
  NullCursorPolicy,
} from "./flow-definition.ts";
import type { MetadataDocument } from "./metadata-document.ts";
import { parseShare } from "./parse-share.ts";
import type { DocumentPath } from "./problem.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** The part `load` of a flow file. */
export interface RawLoad {
  readonly mode: LoadMode;
  readonly strategy?: MergeStrategy;
  readonly keys?: readonly string[];
  readonly partition_by?: readonly string[];
  readonly cursor?: { readonly column: string; readonly lookback?: string | number; readonly on_null?: NullCursorPolicy };
  readonly slice_by?: string;
  readonly delete_missing?: { readonly max: string; readonly action?: "delete" | "mark" };
  readonly max_shrink?: string;
  readonly only_changed?: boolean;
  readonly dedup?: DedupPolicy;
}

/** What a flow's `load` says, references resolved. */
export type LoadSettings = Pick<
  FlowDefinition,
  "mode" | "strategy" | "keys" | "partitionBy" | "cursor" | "sliceBy" | "missingRows" | "maxShrinkPercent" | "onlyChanged" | "dedup"
>;

interface Place {
  readonly document: MetadataDocument;
  readonly entity: EntityDefinition;
  readonly mapping: readonly ColumnMapping[];
}

/** A source that would leave less than half of the rows is taken for a broken one. */
const DEFAULT_MAX_SHRINK_PERCENT = 50;

/** Reads `load`, checking that its columns exist and that its keys mean something for the mode; problems are left in the document. */
export function readLoad(raw: RawLoad, place: Place): LoadSettings {
  reportMeaningless(raw, place.document);
  const cursor = raw.cursor === undefined ? undefined : cursorOf(raw.cursor, place);
  return withoutUndefined({
    mode: raw.mode,
    strategy: raw.strategy ?? "upsert",
    keys: keysOf(raw, place),
    partitionBy: partitionsOf(raw, place),
    cursor,
    sliceBy: raw.slice_by === undefined ? undefined : columnAt(raw.slice_by, ["load", "slice_by"], place),
    missingRows: raw.delete_missing === undefined ? undefined : missingRowsOf(raw.delete_missing),
    maxShrinkPercent: raw.max_shrink === undefined ? DEFAULT_MAX_SHRINK_PERCENT : parseShare(raw.max_shrink),
    onlyChanged: raw.only_changed ?? true,
    dedup: raw.dedup ?? "last",
  });
}

interface Meaning {
  readonly key: keyof RawLoad;
  readonly isMeant: boolean;
  readonly where: string;
}

/** A key that does nothing is a mistake somebody would find out about too late. */
function reportMeaningless(raw: RawLoad, document: MetadataDocument): void {
  const isMerge = raw.mode === "merge";
  const meanings: readonly Meaning[] = [
    { key: "strategy", isMeant: isMerge, where: "`mode: merge`" },
    {
      key: "keys",
      isMeant: isMerge || (raw.mode === "append" && raw.cursor !== undefined),
      where: "`mode: merge`, or append with a `cursor`",
    },
    { key: "dedup", isMeant: isMerge, where: "`mode: merge`" },
    { key: "only_changed", isMeant: isMerge, where: "`mode: merge`" },
    { key: "partition_by", isMeant: raw.mode === "partition", where: "`mode: partition`" },
    { key: "cursor", isMeant: isMerge || raw.mode === "append", where: "`mode: append` and `mode: merge`" },
    { key: "max_shrink", isMeant: raw.mode === "replace", where: "`mode: replace`" },
    {
      key: "delete_missing",
      isMeant: isMerge && raw.strategy !== "insert_only" && raw.cursor === undefined,
      where: "`mode: merge` of whole snapshots, without a `cursor` and not `insert_only`",
    },
  ];
  for (const { key, isMeant, where } of meanings) {
    if (raw[key] === undefined || isMeant) continue;
    document.report(["load", key], {
      message: `\`${key}\` means nothing for the mode ${raw.mode}${raw.strategy === undefined ? "" : ` with \`strategy: ${raw.strategy}\``}`,
      proposal: `remove it; it belongs to ${where}`,
      atKey: true,
    });
  }
}

function keysOf(raw: RawLoad, place: Place): readonly string[] {
  const { document, entity, mapping } = place;
  const isAppend = raw.mode === "append" && raw.cursor !== undefined;
  if (raw.mode !== "merge" && !isAppend) return [];
  if (raw.keys === undefined && entity.primaryKey.length === 0) {
    if (isAppend) return [];
    document.report(["load"], {
      message: "a merge needs keys: without them every row would be added again",
      proposal: "write `keys: [...]`",
    });
    return [];
  }
  const keys: string[] = [];
  for (const [index, key] of (raw.keys ?? entity.primaryKey).entries()) {
    const at = raw.keys === undefined ? ["load"] : ["load", "keys", index];
    const column = columnAt(key, at, place);
    if (column === undefined) continue;
    if (mapping.some((item) => item.column === column)) keys.push(column);
    else document.report(at, { message: `the key column "${column}" gets no value from the mapping` });
  }
  return keys;
}

function partitionsOf(raw: RawLoad, place: Place): readonly string[] {
  if (raw.mode !== "partition") return [];
  if (raw.partition_by === undefined && raw.slice_by === undefined) {
    place.document.report(["load"], {
      message: "the mode partition needs to know what a partition is",
      proposal: "write `partition_by: [...]`, or `slice_by: …` for intervals",
    });
  }
  return (raw.partition_by ?? [])
    .map((name, index) => columnAt(name, ["load", "partition_by", index], place))
    .filter((column) => column !== undefined);
}

function cursorOf(raw: NonNullable<RawLoad["cursor"]>, place: Place): LoadCursor | undefined {
  const column = columnAt(raw.column, ["load", "cursor", "column"], place);
  if (column === undefined) return undefined;
  const mapped = place.mapping.find((item) => item.column === column);
  if (mapped?.kind !== "field") {
    place.document.report(["load", "cursor", "column"], {
      message: `the cursor "${raw.column}" is not fed by a field of the source`,
      proposal: "map it with `from`",
    });
    return undefined;
  }
  const lookback = raw.lookback === undefined ? undefined : String(raw.lookback);
  if (lookback !== undefined && !/^\d+(\.\d+)?( *(second|minute|hour|day|week|month|year)s?)?$/.test(lookback)) {
    place.document.report(["load", "cursor", "lookback"], {
      message: `${JSON.stringify(lookback)} is neither a number nor a span of time`,
      proposal: "write one like `100` or `2 days`",
    });
  }
  return withoutUndefined({ column, field: mapped.field, lookback, onNull: raw.on_null ?? "reject" });
}

function missingRowsOf(raw: NonNullable<RawLoad["delete_missing"]>): MissingRowsPolicy {
  return { action: raw.action ?? "delete", maxPercent: parseShare(raw.max) };
}

/** Physical name of the property, or a problem at `at`. */
function columnAt(name: string, at: DocumentPath, { document, entity }: Place): string | undefined {
  const found = entity.columns.find((candidate) => candidate.name === name || candidate.column === name);
  if (found !== undefined) return found.column;
  const names = entity.columns.map((candidate) => candidate.name);
  document.report(at, { message: `${entity.ref} has no property "${name}"`, proposal: proposeWord(name, names) });
  return undefined;
}
