import type { AssetReference } from "@polyflow/contracts";
import type { AssetUpdate } from "@polyflow/contracts/wire";
import type { NewAssetEvent, RunningAttempt } from "@polyflow/store";

/** The updates that an attempt may make: of outlets that its task declares, directly or through an alias; others are left out. */
export function declaredUpdates(attempt: RunningAttempt, updates: readonly AssetUpdate[]): readonly NewAssetEvent[] {
  const outlets = attempt.spec.tasks.find((task) => task.taskId === attempt.taskId)?.outlets ?? [];
  const declared = (kind: AssetReference["kind"], name: string) => outlets.find((outlet) => outlet.kind === kind && outlet.name === name);
  return updates.flatMap(({ name, uri, group, extra, alias }): readonly NewAssetEvent[] => {
    const outlet = declared(alias === undefined ? "asset" : "alias", alias ?? name);
    if (outlet === undefined) return [];
    if (outlet.kind === "asset") return [{ name, uri: outlet.uri, group: outlet.group, extra, alias: null }];
    return [{ name, uri: uri ?? name, group: group ?? outlet.group, extra, alias: outlet.name }];
  });
}
