import { PolyflowError } from "@polyflow/contracts";
import type { Store } from "@polyflow/store";
import type { z } from "zod";
import { globally } from "../access/policy.ts";
import { MASK } from "../records/secret-masking.ts";
import type { App } from "../server-context.ts";
import { type BulkTarget, runBulk } from "./bulk.ts";
import type { RestContext } from "./rest-context.ts";
import { type variableBody, variableBulkBody } from "./schemas/admin-schemas.ts";
import { bulkAnswer } from "./schemas/bulk-schemas.ts";
import { errors } from "./schemas/common.ts";
import { restoredText, textOf } from "./variable-view.ts";

type VariableBody = z.infer<typeof variableBody>;

/** Many variables at once: what an import of a file does. */
export function addVariableBulkRoute(app: App, { store }: RestContext): void {
  app.patch(
    "/api/v2/variables",
    {
      config: { policy: globally("edit", "Variables"), audit: "bulk_variables" },
      schema: {
        tags: ["Variable"],
        summary: "Create, change and delete variables; masked values that come back keep what is stored",
        body: variableBulkBody,
        response: { 200: bulkAnswer, ...errors.create },
      },
    },
    (request) => runBulk(request, request.body.actions, variableTarget(store)),
  );
}

function variableTarget(store: Store): BulkTarget<VariableBody> {
  /** A mask that comes back keeps the stored value; where nothing is stored there is nothing that it could stand for. */
  const save = async ({ key, value, description }: VariableBody): Promise<void> => {
    const stored = await store.secrets.getVariable(key);
    if (stored === undefined && value === MASK)
      throw new PolyflowError("request_invalid", `The value of "${key}" is masked in this file and not known here. Give the value itself.`);
    await store.secrets.saveVariable({
      key,
      value: stored === undefined ? textOf(value) : restoredText(value, stored.value),
      description: description === undefined ? (stored?.description ?? null) : description,
    });
  };
  return {
    resource: "Variables",
    noun: "variable",
    nameOf: ({ key }) => key,
    existing: async () => new Set((await store.secrets.listVariables()).map(({ key }) => key)),
    create: save,
    overwrite: save,
    update: save,
    async remove(key) {
      if (!(await store.secrets.deleteVariable(key))) throw new PolyflowError("variable_not_found", `There is no variable "${key}".`);
    },
  };
}
