import type { AssetCondition, AssetReference } from "@polyflow/contracts";
import { invalidDag } from "./invalid-dag.ts";
import { NotJsonError, sortKeys, toJson } from "./json-conversion.ts";
import { checkText } from "./option-checks.ts";
import type { JsonObject } from "@polyflow/contracts";

const LONGEST_NAME = 1_500;
const MOST_EXTRA_BYTES = 65_536;

/** Data that processes make and use: a table, a file, a topic. */
export type Asset = Extract<AssetReference, { kind: "asset" }>;
/** A name for assets that are known only while a task runs. */
export type AssetAlias = Extract<AssetReference, { kind: "alias" }>;

export interface AssetOptions {
  /** Unique in the whole installation. */
  readonly name: string;
  /** Where it is: `postgres://warehouse/sales/orders`. Default: the name. */
  readonly uri?: string;
  /** A kind of assets, for people. Default `"asset"`. */
  readonly group?: string;
  /** More about it; never secrets. */
  readonly extra?: JsonObject;
}

/**
 * Describes an asset. Tasks name it in `outlets` (their success updates it) and `inlets` (they use it), DAGs in `schedule`.
 * @throws PolyflowError `dag_invalid`
 * @example
 * const orders = asset({ name: "orders", uri: "postgres://warehouse/sales/orders" });
 * const load = task({ id: "load", outlets: [orders] }, () => 3);
 * export const report = dag({ id: "report", schedule: [orders] }, () => { … });
 */
export function asset(nameOrOptions: string | AssetOptions): Asset {
  const options: AssetOptions = typeof nameOrOptions === "string" ? { name: nameOrOptions } : nameOrOptions;
  const name = checkText("asset name", options.name, LONGEST_NAME);
  return {
    kind: "asset",
    name,
    uri: checkText("asset uri", options.uri ?? name, LONGEST_NAME),
    group: checkText("asset group", options.group ?? "asset", LONGEST_NAME),
    extra: checkExtra(name, options.extra ?? {}),
  };
}

/**
 * Describes an alias: a task that has it as an outlet says while it runs which assets it updated (`ctx.updateAsset`).
 * @throws PolyflowError `dag_invalid`
 */
export function assetAlias(nameOrOptions: string | { readonly name: string; readonly group?: string }): AssetAlias {
  const options = typeof nameOrOptions === "string" ? { name: nameOrOptions } : nameOrOptions;
  return {
    kind: "alias",
    name: checkText("asset alias name", options.name, LONGEST_NAME),
    group: checkText("asset alias group", options.group ?? "asset", LONGEST_NAME),
  };
}

/** A condition that holds when all of these were updated. */
export function allOf(...of: readonly AssetCondition[]): AssetCondition {
  return combined("all", of);
}

/** A condition that holds when any of these was updated. */
export function anyOf(...of: readonly AssetCondition[]): AssetCondition {
  return combined("any", of);
}

function combined(kind: "all" | "any", of: readonly AssetCondition[]): AssetCondition {
  if (of.length === 0) throw invalidDag(`${kind}Of() names no asset.`);
  return { kind, of: of.map((part) => readCondition(part)) };
}

/** A condition of the author's, checked. @throws PolyflowError `dag_invalid` */
export function readCondition(given: unknown): AssetCondition {
  if (isReference(given)) return given;
  if (typeof given === "object" && given !== null && "of" in given && "kind" in given) {
    const { kind, of } = given;
    if ((kind === "all" || kind === "any") && Array.isArray(of)) return { kind, of: of.map((part) => readCondition(part)) };
  }
  throw invalidDag(`schedule: ${JSON.stringify(given)} is no asset. Give asset("…"), allOf(…), anyOf(…) or a list of assets.`);
}

/** Outlets or inlets of a task, sorted. @throws PolyflowError `dag_invalid` */
export function readAssets(option: "outlets" | "inlets", given: readonly AssetReference[]): readonly AssetReference[] {
  if (!Array.isArray(given)) throw invalidDag(`${option}: give a list of assets.`);
  const byName = new Map<string, AssetReference>();
  for (const reference of given) {
    if (!isReference(reference))
      throw invalidDag(`${option}: ${JSON.stringify(reference)} is no asset. Give asset("…") or assetAlias("…").`);
    byName.set(`${reference.kind} ${reference.name}`, reference);
  }
  return [...byName].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, reference]) => reference);
}

export function isReference(value: unknown): value is AssetReference {
  return (
    typeof value === "object" && value !== null && "kind" in value && (value.kind === "asset" || value.kind === "alias") && "name" in value
  );
}

function checkExtra(name: string, extra: JsonObject): JsonObject {
  try {
    const json = sortKeys(toJson(extra, "extra"));
    if (typeof json !== "object" || json === null || Array.isArray(json)) throw invalidDag(`asset "${name}": extra is no object.`);
    if (Buffer.byteLength(JSON.stringify(json)) > MOST_EXTRA_BYTES) {
      throw invalidDag(`asset "${name}": extra is larger than ${MOST_EXTRA_BYTES / 1024} KiB.`);
    }
    return json as JsonObject;
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw invalidDag(`asset "${name}": ${error.message}.`);
  }
}
