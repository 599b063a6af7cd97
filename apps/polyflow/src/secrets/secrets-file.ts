import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { parse } from "yaml";

export const SECRETS_FORMATS = ["json", "yaml", "env"] as const;
export type SecretsFormat = (typeof SECRETS_FORMATS)[number];

/** The form of a file by the ending of its name. @throws PolyflowError `request_invalid` */
export function formatOfFile(path: string): SecretsFormat {
  const ending = extname(path).slice(1).toLowerCase();
  const format = ending === "yml" ? "yaml" : SECRETS_FORMATS.find((known) => known === ending);
  if (format !== undefined) return format;
  throw new PolyflowError("request_invalid", `"${path}" does not say what it is: its name has to end in .json, .yaml, .yml or .env.`);
}

/**
 * Names and values of a file: an object in JSON or YAML, or lines `NAME=value`.
 * @throws PolyflowError `config_invalid` that names file and line, never a value
 */
export async function readSecretsFile(path: string): Promise<ReadonlyMap<string, unknown>> {
  const format = formatOfFile(path);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new PolyflowError("config_invalid", `${path} cannot be read: ${String(error)}`, { cause: error });
  });
  if (format === "env") return readLines(path, text);
  const value: unknown = parseObject(path, text, format);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolyflowError("config_invalid", `${path} has to hold an object of names and values.`);
  }
  return new Map(Object.entries(value));
}

function parseObject(path: string, text: string, format: "json" | "yaml"): unknown {
  try {
    return format === "json" ? JSON.parse(text) : parse(text);
  } catch (error) {
    // The parser's own words quote the text around the mistake, which is secret.
    throw new PolyflowError("config_invalid", `${path} is no valid ${format.toUpperCase()}.`, { cause: error });
  }
}

function readLines(path: string, text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const [, name, value] = /^\s*(?:export\s+)?([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new PolyflowError("config_invalid", `${path}:${index + 1} is no line of the form NAME=value.`);
    found.set(name, /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value);
  }
  return found;
}
