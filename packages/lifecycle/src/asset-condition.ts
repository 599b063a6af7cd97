import type { AssetCondition } from "@polyflow/contracts";

/** What was updated since a DAG's last run by assets. */
export interface UpdatedAssets {
  readonly assets: ReadonlySet<string>;
  /** Aliases that stand for one of them. */
  readonly aliases: ReadonlySet<string>;
}

/**
 * Whether the condition of a DAG that is scheduled by assets holds.
 * @example isConditionMet({ kind: "any", of: [orders, customers] }, { assets: new Set(["orders"]), aliases: new Set() }); // true
 */
export function isConditionMet(condition: AssetCondition, updated: UpdatedAssets): boolean {
  switch (condition.kind) {
    case "asset":
      return updated.assets.has(condition.name);
    case "alias":
      return updated.aliases.has(condition.name);
    case "all":
      return condition.of.every((part) => isConditionMet(part, updated));
    case "any":
      return condition.of.some((part) => isConditionMet(part, updated));
  }
}

/**
 * A condition in the short form for people.
 * @example describeCondition(condition); // "orders and (customers or regions)"
 */
export function describeCondition(condition: AssetCondition): string {
  if (condition.kind === "asset" || condition.kind === "alias") return condition.name;
  const parts = condition.of.map((part) =>
    (part.kind === "all" || part.kind === "any") && part.of.length > 1 ? `(${describeCondition(part)})` : describeCondition(part),
  );
  return parts.join(condition.kind === "all" ? " and " : " or ");
}
