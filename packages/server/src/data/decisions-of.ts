import { PolyflowError } from "@polyflow/contracts";
import type { ServerContext } from "../server-context.ts";
import type { DataDecisions } from "./data-decisions.ts";

/** @throws PolyflowError `not_found` where nothing is known of data. */
export function decisionsOf({ dataDecisions }: ServerContext): DataDecisions {
  if (dataDecisions !== undefined) return dataDecisions;
  throw new PolyflowError("not_found", "This server decides nothing about data: it was started without projects.");
}
