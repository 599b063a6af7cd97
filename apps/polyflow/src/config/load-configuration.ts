import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { nearest } from "../cli/nearest.ts";
import { parseIni } from "./ini-file.ts";
import { type Configuration, findOption, listOptions, type RegisteredOption } from "./options.ts";

/** Where a value comes from. */
export interface SetValue {
  readonly text: string;
  /** "polyflow.cfg:12", "the environment variable POLYFLOW__CORE__PARALLELISM", "--port" */
  readonly origin: string;
}

export interface LoadedConfiguration {
  readonly values: Configuration;
  /** By `section.key`; options that are not here have their default. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface ConfigurationSources {
  readonly home: string;
  readonly environment: { readonly [name: string]: string | undefined };
  /** From the command line, by `section.key`. */
  readonly flags?: ReadonlyMap<string, SetValue>;
}

/**
 * Reads the configuration: flags win over `POLYFLOW__SECTION__KEY`, that over `AIRFLOW__SECTION__KEY`, then `polyflow.cfg` and
 * `airflow.cfg` in the home folder, then the defaults. Airflow's options that Polyflow does not know are passed over.
 * @throws PolyflowError `config_invalid`, `config_option_unknown` with section, key, value and place.
 */
export function loadConfiguration(sources: ConfigurationSources): LoadedConfiguration {
  const set = new Map<string, SetValue>([
    ...fromFile(join(sources.home, "airflow.cfg"), "foreign"),
    ...fromFile(join(sources.home, "polyflow.cfg"), "own"),
    ...fromEnvironment(sources.environment, "AIRFLOW__", "foreign"),
    ...fromEnvironment(sources.environment, "POLYFLOW__", "own"),
    ...(sources.flags ?? []),
  ]);
  const problems: string[] = [];
  const values: Record<string, Record<string, unknown>> = {};
  for (const entry of listOptions()) {
    const found = set.get(nameOf(entry));
    const value = found === undefined ? entry.option.default : entry.option.parse(found.text);
    if (value === undefined && found !== undefined) problems.push(describeProblem(entry, found));
    values[entry.section] = { ...values[entry.section], [entry.key]: value };
  }
  if (problems.length > 0) throw new PolyflowError("config_invalid", problems.join("\n"));
  const origins = new Map([...set].map(([name, found]) => [name, found.origin]));
  // The registry gave each option a value of its own type above.
  return { values: values as unknown as Configuration, origins };
}

function describeProblem({ section, key, option }: RegisteredOption, found: SetValue): string {
  const shown = option.secret ? "its value" : `"${found.text}"`;
  return `[${section}] ${key}, set by ${found.origin}: ${shown} is not ${option.expected}.`;
}

type Provenance = "own" | "foreign";

function fromFile(file: string, provenance: Provenance): ReadonlyMap<string, SetValue> {
  const content = readIfExists(file);
  if (content === undefined) return new Map();
  const set = new Map<string, SetValue>();
  for (const [section, values] of parseIni(content, file)) {
    for (const [key, { value, line }] of values) {
      const found = resolve(section, key, { provenance, origin: `${file}:${line}` });
      if (found !== undefined)
        set.set(nameOf(found.entry), { text: found.isCommand ? outputOf(value, file) : value, origin: `${file}:${line}` });
    }
  }
  return set;
}

function fromEnvironment(
  environment: ConfigurationSources["environment"],
  prefix: string,
  provenance: Provenance,
): ReadonlyMap<string, SetValue> {
  const set = new Map<string, SetValue>();
  for (const [name, value] of Object.entries(environment)) {
    const [section, key, rest] = name.startsWith(prefix) ? name.slice(prefix.length).split("__") : [];
    if (section === undefined || key === undefined || rest !== undefined || value === undefined) continue;
    const origin = `the environment variable ${name}`;
    const found = resolve(section.toLowerCase(), key.toLowerCase(), { provenance, origin });
    if (found !== undefined) set.set(nameOf(found.entry), { text: found.isCommand ? outputOf(value, origin) : value, origin });
  }
  return set;
}

/** The option that a name means; `key_cmd` names a command whose output is the value of a secret. */
function resolve(
  section: string,
  key: string,
  place: { readonly provenance: Provenance; readonly origin: string },
): { readonly entry: RegisteredOption; readonly isCommand: boolean } | undefined {
  const direct = findOption(section, key);
  if (direct !== undefined) return { entry: direct, isCommand: false };
  const byCommand = key.endsWith("_cmd") ? findOption(section, key.slice(0, -"_cmd".length)) : undefined;
  if (byCommand?.option.secret) return { entry: byCommand, isCommand: true };
  if (place.provenance === "foreign") return undefined;
  throw unknownOption(section, key, place.origin);
}

export function unknownOption(section: string, key: string, origin?: string): PolyflowError {
  const near = nearest(`${section}.${key}`, listOptions().map(nameOf))[0];
  const [nearSection, nearKey] = near?.split(".") ?? [];
  const suggestion = near === undefined ? "docs/configuration.md lists all." : `Did you mean [${nearSection}] ${nearKey}?`;
  const where = origin === undefined ? "" : `, set by ${origin}`;
  return new PolyflowError("config_option_unknown", `There is no option [${section}] ${key}${where}. ${suggestion}`);
}

function outputOf(command: string, origin: string): string {
  try {
    return execFileSync("/bin/sh", ["-c", command], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  } catch (error) {
    throw new PolyflowError("config_invalid", `The command "${command}", set by ${origin}, failed. It has to print the value.`, {
      cause: error,
    });
  }
}

function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new PolyflowError("config_invalid", `"${file}" cannot be read.`, { cause: error });
  }
}

function nameOf({ section, key }: RegisteredOption): string {
  return `${section}.${key}`;
}
