import { brand, type AttemptId, PolyflowError } from "@polyflow/contracts";
import type { ConnectionSecret, VariableSecret } from "@polyflow/contracts/wire";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";

const connectionPath = z.object({ attemptId: z.uuid(), connectionId: z.string().min(1).max(250) });
const variablePath = z.object({ attemptId: z.uuid(), key: z.string().min(1).max(250) });
const hidden = { hide: true };

/** Connections and variables in clear, for attempts that run at this moment. */
export function addAttemptSecretRoutes(app: App, { store, secrets }: ServerContext): void {
  app.get(
    "/attempts/:attemptId/connections/:connectionId",
    { config: { policy: "attempt" }, schema: { ...hidden, params: connectionPath } },
    async (request): Promise<ConnectionSecret> => {
      const { attemptId, connectionId } = request.params;
      await requireCurrent(attemptId);
      const found = await secrets.connection(connectionId);
      if (found === undefined) throw unknownConnection(connectionId);
      const { type, host, port, login, password, schema, extra } = found;
      return { connectionId, type, host, port, login, password, schema, extra: { ...extra } };
    },
  );

  app.get(
    "/attempts/:attemptId/variables/:key",
    { config: { policy: "attempt" }, schema: { ...hidden, params: variablePath } },
    async (request): Promise<VariableSecret> => {
      const { attemptId, key } = request.params;
      await requireCurrent(attemptId);
      const found = await secrets.variable(key);
      if (found === undefined)
        throw new PolyflowError("variable_not_found", `There is no variable "${key}". Add it: polyflow variables set ${key} "…"`);
      return { key, value: found.value, ...(found.isSecret ? { isSecret: true } : {}) };
    },
  );

  /** A token outlives its attempt; secrets are for attempts that are still current. */
  async function requireCurrent(attemptId: string): Promise<void> {
    if (!(await store.execution.isCurrentAttempt(brand<AttemptId>(attemptId))))
      throw new PolyflowError("attempt_superseded", `Attempt ${attemptId} is no longer current. Stop it.`);
  }
}

function unknownConnection(connectionId: string): PolyflowError {
  return new PolyflowError(
    "connection_not_found",
    `There is no connection "${connectionId}". Add it: polyflow connections add ${connectionId} --uri "…"`,
  );
}
