/** One option of the configuration as the interface may show it: secrets are masked before they get here. */
export interface ShownOption {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** Where it was set: `default`, a file and line, an environment variable. */
  readonly source: string;
  readonly description: string;
}

/** A provider package: connection types and operators. */
export interface ShownProvider {
  readonly packageName: string;
  readonly description: string;
  readonly version: string;
  readonly documentationUrl: string | null;
}

/** A plugin of a project. */
export interface ShownPlugin {
  readonly name: string;
  readonly source: string;
  readonly macros: readonly string[];
  readonly timetables: readonly string[];
  readonly listeners: readonly string[];
}

/** What the server tells of the installation it is part of; the application that composes it knows. */
export interface Installation {
  /** Undefined: the configuration is not to be shown (`[webserver] expose_config`). */
  readonly configuration?: () => readonly ShownOption[];
  readonly providers?: () => readonly ShownProvider[];
  readonly plugins?: () => readonly ShownPlugin[];
}
