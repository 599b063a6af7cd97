import type { AssetTriggeredDag, SchedulerStore } from "@polyflow/store";
import type { ModelAssetEvent } from "./model-asset-event.ts";
import type { ModelDag, ModelTask } from "./model-rows.ts";
import type { ModelState } from "./model-state.ts";

/** Notes what the success of a task updates, in the same transaction. */
export function recordModelAssetEvents(state: ModelState, task: ModelTask): void {
  for (const outlet of task.spec.outlets ?? []) {
    const consumers = [...state.dags.values()].filter((dag) => conditionOf(dag) === outlet.name);
    const waiting = new Set(consumers.map((dag) => dag.dagId));
    const eventId = state.assetEvents.length;
    state.assetEvents.push({ eventId, asset: outlet.name, waiting, answers: [] });
    state.count("asset updated");
    state.emit([{ kind: "asset_event", assetId: eventId, name: outlet.name }]);
  }
}

/** DAGs of the model wait for one asset. */
function conditionOf({ spec: { schedule } }: ModelDag): string | undefined {
  return schedule.kind === "asset" && schedule.condition.kind === "asset" ? schedule.condition.name : undefined;
}

/** The scheduler's side of assets. */
export function modelAssetMethods(state: ModelState): Pick<SchedulerStore, "listAssetTriggeredDags" | "createAssetRun"> {
  return {
    async listAssetTriggeredDags(limit) {
      const waiting = [...state.dags.values()].filter((dag) => !dag.isPaused && eventsFor(state, dag.dagId).length > 0);
      const withRoom = waiting.filter((dag) => state.unfinishedRuns(dag.dagId) < dag.spec.maxActiveRuns);
      return { crowded: waiting.length - withRoom.length, dags: withRoom.slice(0, limit).map((dag) => asked(state, dag)) };
    },
    async createAssetRun(term, { dagId, versionId, eventIds, runId, runAfter }) {
      state.requireTerm(term);
      if (state.dags.get(dagId)?.versionId !== versionId) return undefined;
      const events = eventIds.flatMap((eventId) => state.assetEvents[eventId] ?? []);
      if (events.some((event) => !event.waiting.has(dagId))) {
        state.count("an asset run came too late");
        return undefined;
      }
      const none = { logicalDate: null, dataIntervalStart: null, dataIntervalEnd: null, conf: {}, note: null, triggeringUser: null };
      const runKey = state.createRun({ ...none, dagId, runId, runType: "asset_triggered", runAfter, triggeredBy: "asset" });
      if (runKey === undefined) return undefined;
      for (const event of events) {
        state.takeFromQueue(event, dagId);
        event.answers.push({ dagId, runKey });
      }
      state.count("asset run created");
      return runKey;
    },
  };
}

function eventsFor(state: ModelState, dagId: string): readonly ModelAssetEvent[] {
  return state.assetEvents.filter((event) => event.waiting.has(dagId));
}

function asked(state: ModelState, { dagId, versionId, spec }: ModelDag): AssetTriggeredDag {
  const events = eventsFor(state, dagId);
  const assets = [...new Set(events.map((event) => event.asset))];
  return { dagId, versionId, spec, eventIds: events.map((event) => event.eventId), assets, aliases: [] };
}
