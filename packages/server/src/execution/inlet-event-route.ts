import { type AttemptId, brand, PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";

/** Events of an inlet that a task gets to see. */
const INLET_EVENTS = 100;

/** The newest updates of an asset, for a task that has it as an inlet. */
export function addInletEventRoute(app: App, { store }: ServerContext): void {
  app.get(
    "/attempts/:attemptId/asset-events",
    {
      config: { policy: "attempt" },
      schema: { hide: true, params: z.object({ attemptId: z.uuid() }), querystring: z.strictObject({ name: z.string().min(1).max(1500) }) },
    },
    async (request) => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      const attempt = await store.execution.getRunningAttempt(attemptId);
      if (attempt === undefined) throw new PolyflowError("attempt_superseded", `Attempt ${attemptId} is no longer current. Stop it.`);
      const { name } = request.query;
      const inlets = attempt.spec.tasks.find((task) => task.taskId === attempt.taskId)?.inlets ?? [];
      if (!inlets.some((inlet) => inlet.kind === "asset" && inlet.name === name)) {
        throw new PolyflowError("asset_not_found", `Task "${attempt.taskId}" has no asset "${name}" among its inlets. Declare it there.`);
      }
      return { events: await store.execution.newestAssetEvents(name, INLET_EVENTS) };
    },
  );
}
