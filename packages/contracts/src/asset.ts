import type { JsonObject } from "./json.ts";

/** Data that processes make and use: a table, a file, a topic. Known by its name in the whole installation. */
export interface AssetSpec {
  readonly name: string;
  /** Where it is, for people and programs; default the name. */
  readonly uri: string;
  /** A kind, for people; default `asset`. */
  readonly group: string;
  readonly extra: JsonObject;
}

/** An asset, or an alias: a name under which a task makes events of assets that are known only while it runs. */
export type AssetReference =
  | ({ readonly kind: "asset" } & AssetSpec)
  | { readonly kind: "alias"; readonly name: string; readonly group: string };

/** Which assets must have been updated since the DAG's last run for the next. An alias stands for all assets that it was used for. */
export type AssetCondition =
  | AssetReference
  | { readonly kind: "all"; readonly of: readonly AssetCondition[] }
  | { readonly kind: "any"; readonly of: readonly AssetCondition[] };

/** The assets and aliases that a condition names, each as often as it does. */
export function assetsOfCondition(condition: AssetCondition): readonly AssetReference[] {
  return condition.kind === "all" || condition.kind === "any" ? condition.of.flatMap(assetsOfCondition) : [condition];
}

/** An update of an asset, as tasks see it. */
export interface AssetEvent {
  readonly name: string;
  readonly uri: string;
  /** ISO 8601. */
  readonly at: string;
  readonly extra: JsonObject;
  /** All null when it came from outside. */
  readonly sourceDagId: string | null;
  readonly sourceRunId: string | null;
  readonly sourceTaskId: string | null;
  readonly sourceMapIndex: number | null;
}

/** Events by the name of their asset. */
export type AssetEventsByName = { readonly [name: string]: readonly AssetEvent[] };
