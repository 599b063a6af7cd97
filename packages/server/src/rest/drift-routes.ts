import { globally } from "../access/policy.ts";
import type { DecidedDrift } from "../data/data-decisions.ts";
import { decisionsOf } from "../data/decisions-of.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { driftAcceptBody, driftDecided, driftPath } from "./schemas/data-decision-schemas.ts";

const tags = ["Drift"];

/** Differences between metadata, files and tables: accepted or refused (B5). */
export function addDriftRoutes(app: App, context: RestContext): void {
  app.post(
    "/api/v2/data/drift/:drift_id/accept",
    {
      // it changes what loads do, as code does
      config: { policy: [globally("edit", "Data"), globally("edit", "DAG Code")], audit: "accept_drift" },
      schema: {
        tags,
        summary: "Make a difference the rule: changes the YAML and the table",
        params: driftPath,
        body: driftAcceptBody,
        response: { 200: driftDecided, ...errors.create },
      },
    },
    async (request) => {
      const decided = await decisionsOf(context).acceptDrift(request.params.drift_id, request.body);
      request.auditDetails = view(decided);
      return view(decided);
    },
  );

  app.post(
    "/api/v2/data/drift/:drift_id/dismiss",
    {
      config: { policy: globally("edit", "Data"), audit: "dismiss_drift" },
      schema: {
        tags,
        summary: "Take a difference off the list, changing nothing; the next load that meets it lists it anew",
        params: driftPath,
        response: { 200: driftDecided, ...errors.create },
      },
    },
    async (request) => {
      const decided = await decisionsOf(context).dismissDrift(request.params.drift_id);
      request.auditDetails = view(decided);
      return view(decided);
    },
  );
}

function view({ driftId, flow, column, files, statements }: DecidedDrift) {
  return { drift_id: driftId, flow, column, files: [...files], statements: [...statements] };
}
