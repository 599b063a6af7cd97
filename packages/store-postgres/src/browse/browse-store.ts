import type { BrowseStore } from "@polyflow/store";
import type { StoreContext } from "../store-context.ts";
import { browseAudit } from "./browse-audit.ts";
import { browseRuns } from "./browse-runs.ts";
import { browseTaskInstances, browseXComs } from "./browse-task-instances.ts";
import { browseWaits } from "./browse-waits.ts";
import { listJobs } from "./list-jobs.ts";

/** Lists over all DAGs. Each walks an index from the place where the page before ended. */
export function createBrowseStore(context: StoreContext): BrowseStore {
  return {
    pageRuns: (query) => browseRuns(context, query),
    pageTaskInstances: (query) => browseTaskInstances(context, query),
    pageWaits: (query) => browseWaits(context, query),
    pageXComs: (query) => browseXComs(context, query),
    pageAudit: (query) => browseAudit(context, query),
    listJobs: (limit) => listJobs(context, limit),
  };
}
