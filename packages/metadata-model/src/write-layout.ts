import { isDeepStrictEqual } from "node:util";
import { PolyflowError } from "@polyflow/contracts";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Document, Node, YAMLMap } from "yaml";

/** A value of a description as data: what its YAML says, without comments and form. */
export type LayoutValue = string | number | boolean | null | readonly LayoutValue[] | { readonly [key: string]: LayoutValue };
/** The description of a source as data. */
export type Layout = { readonly [key: string]: LayoutValue };

/** What the YAML of a source says, as data. @throws PolyflowError `metadata_invalid` when it is no YAML of keys and values */
export function readLayout(text: string): Layout {
  const value: unknown = documentOf(text).toJS({ maxAliasCount: 100 });
  if (isLayout(value)) return value;
  throw new PolyflowError("metadata_invalid", "The description of a source begins with its keys: `name`, `path`, `schema` …");
}

/**
 * Writes a description into the YAML that it was read from: what has not changed keeps its comments, its form and its place.
 * @throws PolyflowError `metadata_invalid` when the text is no YAML
 * @example writeLayout("name: a # short\npath: a.csv\n", { name: "a", path: "b.csv" }); // "name: a # short\npath: b.csv\n"
 */
export function writeLayout(text: string, layout: Layout): string {
  if (text.trim() !== "" && isDeepStrictEqual(readLayout(text), layout)) return text;
  const document = documentOf(text);
  if (isMap(document.contents)) writeMap(document, document.contents, layout);
  else document.contents = document.createNode(layout) as typeof document.contents; // oxlint-disable-line typescript/no-unsafe-type-assertion -- a node of an object is a map
  return document.toString({ lineWidth: 0 });
}

function documentOf(text: string): Document {
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error === undefined) return document;
  throw new PolyflowError("metadata_invalid", `The description is not valid YAML: ${error.message}`);
}

function isLayout(value: unknown): value is Layout {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function writeMap(document: Document, map: YAMLMap, values: Layout): void {
  map.items = map.items.filter(({ key }) => Object.hasOwn(values, isScalar(key) ? String(key.value) : ""));
  for (const [name, value] of Object.entries(values)) {
    const known: unknown = map.get(name, true);
    const written = writeValue(document, known, value);
    if (written !== known) map.set(name, written);
  }
}

/** The node for a value: the one that is there, changed as little as can be, or a new one. */
function writeValue(document: Document, known: unknown, value: LayoutValue): Node {
  if (isMap(known) && isLayout(value)) {
    writeMap(document, known, value);
    return known;
  }
  if (isSeq(known) && Array.isArray(value)) {
    const items: readonly LayoutValue[] = value;
    const before = known.items;
    known.items = items.map((item, index) => writeValue(document, counterpart(before, { item, index }), item));
    return known;
  }
  if (isScalar(known) && !Array.isArray(value) && !isLayout(value)) {
    if (known.value !== value) {
      known.value = value;
      // the old spelling need not fit the new value
      delete known.source;
      if (typeof value === "string") delete known.type;
    }
    return known;
  }
  return document.createNode(value, { flow: isLayout(value) || Array.isArray(value) });
}

/** What stood for an item before: of fields the one with its name, of other lists the one at its place. */
function counterpart(before: readonly unknown[], { item, index }: { readonly item: LayoutValue; readonly index: number }): unknown {
  const name = isLayout(item) ? item["name"] : undefined;
  if (name === undefined) return before[index];
  return before.find((node) => isMap(node) && node.get("name") === name);
}
