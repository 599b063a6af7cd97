import { type Clock, type Logger, silentLogger } from "@polyflow/service-kit";
import type { Command } from "commander";
import { type LoadedConfiguration, loadConfiguration } from "../config/load-configuration.ts";
import { findHome, type HomeRequest } from "../home/find-home.ts";
import { type HomeFolder, homeFolder } from "../home/home-folder.ts";
import type { OutputFormat, Row } from "./output.ts";
import { renderObject, renderRows } from "./output.ts";

/** What a command gets from the outside. */
export interface Surroundings {
  readonly environment: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  readonly clock: Clock;
  readonly isTerminal: boolean;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** One call of the command line. */
export class Invocation {
  readonly surroundings: Surroundings;
  readonly #options: { readonly [name: string]: unknown };

  constructor(surroundings: Surroundings, command: Command) {
    this.surroundings = surroundings;
    this.#options = command.optsWithGlobals();
  }

  get homeRequest(): HomeRequest {
    const { environment, cwd } = this.surroundings;
    return { flag: this.text("home"), environment, cwd };
  }

  home(): HomeFolder {
    return homeFolder(findHome(this.homeRequest));
  }

  configuration(): LoadedConfiguration {
    return loadConfiguration({ home: this.home().dir, environment: this.surroundings.environment });
  }

  logger(): Logger {
    return silentLogger;
  }

  /** A text option; undefined when it was not given. */
  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  flag(name: string): boolean {
    return this.#options[name] === true;
  }

  /** Whether `--no-<name>` was given. */
  isOff(name: string): boolean {
    return this.#options[name] === false;
  }

  number(name: string): number | undefined {
    const value = this.#options[name];
    return typeof value === "number" ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  printRows(rows: readonly Row[]): void {
    this.print(renderRows(rows, this.#format()));
  }

  printObject(object: Row): void {
    this.print(renderObject(object, this.#format()));
  }

  print(text: string): void {
    this.surroundings.writeOut(`${text}\n`);
  }

  /** For people only: not part of the command's output. */
  note(text: string): void {
    this.surroundings.writeError(`${text}\n`);
  }

  #format(): OutputFormat {
    // Checked by `choices` of the option.
    return (this.text("output") ?? "table") as OutputFormat;
  }
}
