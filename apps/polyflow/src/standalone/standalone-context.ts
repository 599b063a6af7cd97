import type { Clock, Logger } from "@polyflow/service-kit";
import type { Configuration } from "../config/options.ts";
import type { ShownOption } from "../config/shown-options.ts";
import type { HomeFolder } from "../home/home-folder.ts";
import type { RunningServices } from "./running-services.ts";

/** What all steps of a start share. */
export interface StandaloneContext {
  readonly home: HomeFolder;
  readonly configuration: Configuration;
  readonly shownOptions: readonly ShownOption[];
  readonly environment: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What runs already; a failed start stops it. */
  readonly services: RunningServices;
  /** Aborted when the user does not want to wait for running tasks. */
  readonly forced: AbortSignal;
}
