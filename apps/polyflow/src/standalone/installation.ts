import type { Configuration } from "../config/options.ts";
import type { ShownOption } from "../config/shown-options.ts";
import { type InstalledProvider, installedProviders } from "./installed-providers.ts";

/** What the server tells of this installation, as far as the configuration allows. */
export interface InstallationFacts {
  readonly configuration?: () => readonly ShownOption[];
  readonly providers: () => readonly InstalledProvider[];
}

export function installationFacts(configuration: Configuration, options: readonly ShownOption[]): InstallationFacts {
  return {
    ...(configuration.webserver.expose_config ? { configuration: () => options } : {}),
    providers: installedProviders,
  };
}
