import { PolyflowError } from "@polyflow/contracts";

/** A value with the line that it begins on. */
export interface IniValue {
  readonly value: string;
  readonly line: number;
}

/** Section → key → value, sections and keys in lower case. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, IniValue>>;

const DEEPEST_REFERENCE = 10;

/**
 * Reads an INI file as Airflow does (Python's ConfigParser): `#` and `;` begin a comment at the beginning of a line only, so that values
 * may hold them; an indented line goes on with the value above; `%%` is a per cent sign and `%(key)s` the value of another key.
 * @throws PolyflowError `config_invalid` with file and line.
 */
export function parseIni(text: string, file: string): IniSections {
  const sections = readSections(text, file);
  const defaults = sections.get("default") ?? new Map<string, IniValue>();
  const resolved = new Map<string, Map<string, IniValue>>();
  for (const [name, values] of sections) {
    if (name === "default") continue;
    const all = new Map([...defaults, ...values]);
    resolved.set(name, new Map([...all].map(([key, found]) => [key, { ...found, value: interpolate(found, all, { file, depth: 0 }) }])));
  }
  return resolved;
}

function readSections(text: string, file: string): Map<string, Map<string, IniValue>> {
  const sections = new Map<string, Map<string, IniValue>>();
  let section: Map<string, IniValue> | undefined;
  let open: { readonly key: string; readonly indent: number } | undefined;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const trimmed = raw.trim();
    const indent = raw.length - raw.trimStart().length;
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    if (open !== undefined && section !== undefined && indent > open.indent) {
      const before = section.get(open.key);
      if (before !== undefined) section.set(open.key, { ...before, value: `${before.value}\n${trimmed}` });
      continue;
    }
    const header = /^\[(.+)\]$/.exec(trimmed)?.[1];
    if (header !== undefined) {
      section = sections.get(header.toLowerCase()) ?? new Map();
      sections.set(header.toLowerCase(), section);
      open = undefined;
      continue;
    }
    const { key, value } = splitLine(trimmed, { file, line });
    if (section === undefined) throw invalid(file, line, `"${trimmed}" stands before the first [section]`);
    if (section.has(key))
      throw invalid(file, line, `"${key}" is set a second time in this section; the first is on line ${section.get(key)?.line}`);
    section.set(key, { value, line });
    open = { key, indent };
  }
  return sections;
}

function splitLine(
  text: string,
  place: { readonly file: string; readonly line: number },
): { readonly key: string; readonly value: string } {
  const at = text.search(/[=:]/);
  if (at <= 0) throw invalid(place.file, place.line, `"${text}" is neither "key = value" nor "[section]"`);
  return { key: text.slice(0, at).trim().toLowerCase(), value: text.slice(at + 1).trim() };
}

function interpolate(
  found: IniValue,
  all: ReadonlyMap<string, IniValue>,
  place: { readonly file: string; readonly depth: number },
): string {
  return found.value.replace(/%(%|\(([^)]+)\)s|)/g, (match, what: string, key: string | undefined) => {
    if (what === "%") return "%";
    const other = key === undefined ? undefined : all.get(key.toLowerCase());
    if (other === undefined || place.depth > DEEPEST_REFERENCE) {
      throw invalid(place.file, found.line, `"${match}" in the value refers to nothing, or to itself; write %% for a per cent sign`);
    }
    return interpolate(other, all, { file: place.file, depth: place.depth + 1 });
  });
}

function invalid(file: string, line: number, what: string): PolyflowError {
  return new PolyflowError("config_invalid", `${file}:${line}: ${what}.`);
}
