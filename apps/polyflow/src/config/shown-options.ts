import type { LoadedConfiguration } from "./load-configuration.ts";
import { type Configuration, listOptions, type RegisteredOption } from "./options.ts";

/** One option for people's eyes: secrets masked. */
export interface ShownOption {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly source: string;
  readonly description: string;
}

/** All options with their values and where they were set. */
export function shownOptions({ values, origins }: LoadedConfiguration): readonly ShownOption[] {
  return listOptions().map((entry) => {
    const text = shownValue(entry, values);
    return {
      section: entry.section,
      key: entry.key,
      value: entry.option.secret && text !== "" ? "***" : text,
      source: origins.get(`${entry.section}.${entry.key}`) ?? "default",
      description: entry.option.description,
    };
  });
}

/** One value as a configuration file would hold it; secrets too. */
export function shownValue({ section, key }: RegisteredOption, values: Configuration): string {
  const sections: { readonly [section: string]: { readonly [key: string]: unknown } } = values;
  const value = sections[section]?.[key];
  if (typeof value === "boolean") return value ? "True" : "False";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
