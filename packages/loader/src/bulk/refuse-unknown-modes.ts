import { PolyflowError } from "@polyflow/contracts";
import { databaseLimits } from "@polyflow/metadata-model";
import type { LoadSubject } from "../load-request.ts";
import type { BulkLoadRequest } from "./bulk-request.ts";

/**
 * Refuses what the database of the target cannot do, before anything is read. `df validate` says the same where the entity names its server.
 * @throws PolyflowError `metadata_invalid`
 */
export function refuseUnknownModes(request: BulkLoadRequest): void {
  refuseOtherDatabase(request);
  const problems = databaseLimits(request.target.database, request);
  if (problems.length === 0) return;
  const { flow } = request;
  throw new PolyflowError(
    "metadata_invalid",
    problems.map(({ message, proposal }) => `Flow "${flow.name}" (${flow.file}): ${message}; ${proposal}.`).join("\n"),
  );
}

function refuseOtherDatabase({ entity, target }: Pick<LoadSubject, "entity"> & Pick<BulkLoadRequest, "target">): void {
  if (entity.database === undefined || entity.database === target.database) return;
  throw new PolyflowError(
    "metadata_invalid",
    `${entity.file} says that ${entity.ref} is a table of ${entity.database}, and the connection "${target.connection}" leads to ${target.database}. ` +
      "Correct the type of the contract's server, or name another connection with `target: {connection: …}` in the flow.",
  );
}
