import type { RunVersions } from "../records/run-versions.ts";
import type { ServerContext } from "../server-context.ts";

/** What routes of the REST API need. */
export interface RestContext extends ServerContext {
  readonly versions: RunVersions;
}
