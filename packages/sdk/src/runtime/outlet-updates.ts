import type { AssetReference, JsonObject } from "@polyflow/contracts";
import type { AssetUpdate } from "@polyflow/contracts/wire";
import { toJson } from "../json-conversion.ts";
import type { TaskContext } from "../task-context.ts";

const MOST_EXTRA_BYTES = 65_536;

/** @throws Error when it is no JSON object, or too large */
function checkedExtra(extra: JsonObject): JsonObject {
  const json = toJson(extra, "extra");
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new Error("What is said of an asset has to be an object.");
  const bytes = Buffer.byteLength(JSON.stringify(json));
  if (bytes > MOST_EXTRA_BYTES)
    throw new Error(`What is said of an asset is ${bytes} bytes of JSON; at most ${MOST_EXTRA_BYTES} are kept.`);
  return json as JsonObject;
}

/** Gathers what a task says of the assets that it updates; its success makes events of it. */
export class OutletUpdates {
  readonly #outlets: readonly AssetReference[];
  readonly #extras = new Map<string, JsonObject>();
  readonly #throughAliases = new Map<string, AssetUpdate>();

  constructor(outlets: readonly AssetReference[]) {
    this.#outlets = outlets;
  }

  /** `ctx.updateAsset`. */
  readonly add: TaskContext["updateAsset"] = (asset, said = {}, { alias } = {}) => {
    const extra = checkedExtra(said);
    const given = typeof asset === "string" ? { name: asset } : asset;
    if (alias === undefined) {
      this.#require("asset", given.name);
      this.#extras.set(given.name, { ...this.#extras.get(given.name), ...extra });
      return;
    }
    const aliasName = typeof alias === "string" ? alias : alias.name;
    this.#require("alias", aliasName);
    const { name, uri, group } = { uri: undefined, group: undefined, ...given };
    const key = JSON.stringify([aliasName, name]);
    const former = this.#throughAliases.get(key)?.extra;
    this.#throughAliases.set(key, {
      name,
      ...(uri === undefined ? {} : { uri }),
      ...(group === undefined ? {} : { group }),
      extra: { ...former, ...extra },
      alias: aliasName,
    });
  };

  /** An update for each asset that the task declared, and those that it made through aliases. */
  all(): readonly AssetUpdate[] {
    const declared = this.#outlets.flatMap((outlet) =>
      outlet.kind === "asset" ? [{ name: outlet.name, extra: { ...this.#extras.get(outlet.name) } }] : [],
    );
    return [...declared, ...this.#throughAliases.values()];
  }

  #require(kind: AssetReference["kind"], name: string): void {
    if (this.#outlets.some((outlet) => outlet.kind === kind && outlet.name === name)) return;
    throw new Error(
      `The task has no ${kind} "${name}" among its outlets. Declare it: outlets: [${kind === "asset" ? "asset" : "assetAlias"}("${name}")].`,
    );
  }
}
