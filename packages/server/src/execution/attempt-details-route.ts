import { type AttemptId, brand, PolyflowError } from "@polyflow/contracts";
import { type AttemptDetails, detailsInSpec } from "@polyflow/contracts/wire";
import type { AttemptDetailsRecord } from "@polyflow/store";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";

/** More about an attempt than its order says, for templates and tasks that ask for it. */
export function addAttemptDetailsRoute(app: App, { store }: ServerContext): void {
  app.get(
    "/attempts/:attemptId/details",
    { config: { policy: "attempt" }, schema: { hide: true, params: z.object({ attemptId: z.uuid() }) } },
    async (request): Promise<AttemptDetails> => {
      const attemptId = brand<AttemptId>(request.params.attemptId);
      const found = await store.execution.getAttemptDetails(attemptId);
      if (found === undefined) throw new PolyflowError("attempt_superseded", `Attempt ${attemptId} is no longer current. Stop it.`);
      return view(found);
    },
  );
}

function view({ spec, taskId, previousSuccess, ...found }: AttemptDetailsRecord): AttemptDetails {
  const { dag, task, isMapped } = detailsInSpec(spec, taskId);
  return {
    maxTries: found.maxTries ?? 0,
    hostname: found.hostname,
    startDate: found.startDate?.toISOString() ?? null,
    instances: isMapped ? found.instances : null,
    run: { queuedAt: found.queuedAt.toISOString(), startDate: found.runStartDate?.toISOString() ?? null },
    dag,
    task,
    previousSuccess,
  };
}
