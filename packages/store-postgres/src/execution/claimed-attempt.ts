import { type AssetEvent, type AssetEventsByName, UNMAPPED } from "@polyflow/contracts";
import type { ClaimedAttempt } from "@polyflow/store";
import type { StoreContext } from "../store-context.ts";
import type { ClaimedAttemptRow } from "./claimed-attempt-row.ts";

/** The attempt of a row, with the spec of its version. */
export async function claimedAttempt(context: StoreContext, row: ClaimedAttemptRow): Promise<ClaimedAttempt> {
  const { versionId, clearNumber, upstreamOutputs, waitBeganAt, waits, waitTrigger, waitState, waitTimeoutAt, waitEvent, ...rest } = row;
  const { triggeringAssetEvents, ...columns } = rest;
  const triggering = triggeringAssetEvents === null ? {} : { triggeringAssetEvents: byName(triggeringAssetEvents) };
  const wait =
    waitBeganAt === null
      ? null
      : { beganAt: waitBeganAt, waits: waits ?? 0, trigger: waitTrigger, state: waitState, timeoutAt: waitTimeoutAt, event: waitEvent };
  const spec = await context.specs.require(versionId);
  const mapOutputs = row.mapIndex === UNMAPPED ? {} : await context.mapOutputs.load({ ...columns, clearNumber, spec });
  return { ...columns, spec, upstreamOutputs: await context.xcoms.resolveOutputs(upstreamOutputs ?? {}), mapOutputs, wait, ...triggering };
}

function byName(events: readonly AssetEvent[]): AssetEventsByName {
  return Object.fromEntries(Map.groupBy(events, (event) => event.name));
}
