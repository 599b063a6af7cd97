import { PolyflowError } from "@polyflow/contracts";
import type { SourceDefinition } from "@polyflow/metadata-model";
import type { LoadLimits } from "../../load-request.ts";
import type { RecordItem } from "../record-extraction.ts";
import type { SourceFile } from "../source-file.ts";
import { localName, XmlEvents } from "./xml-events.ts";
import { xmlText } from "./xml-text.ts";

/** What an element holds: a text, or a tree of its attributes (`@name`), elements, and text (`#text`) where it has both. */
export type XmlValue = string | null | XmlTree | XmlValue[];
export interface XmlTree {
  [name: string]: XmlValue;
}

/**
 * The records of an XML document: each element that `dialect.property` leads to, whatever its size; nothing else is kept.
 * Names are taken without their namespace prefix.
 * @throws PolyflowError `source_unreadable` for what is not well-formed, declares entities, or has no such element
 */
export async function* xmlRecords(
  source: SourceDefinition,
  file: SourceFile,
  limits: LoadLimits,
): AsyncGenerator<readonly RecordItem[], void> {
  const collector = new RecordCollector(source, limits);
  const events = new XmlEvents(`The file ${file.name} of source "${source.name}"`, collector);
  for await (const text of xmlText(source, file)) {
    events.write(text);
    const records = collector.take();
    if (records.length > 0) yield records;
  }
  events.end();
  const records = collector.take();
  if (records.length > 0) yield records;
  collector.checkFound();
}

/** Deeper trees than any exchange format has. */
const MAX_DEPTH = 200;

interface OpenElement {
  readonly name: string;
  readonly tree: XmlTree;
  readonly isNil: boolean;
  text: string;
}

class RecordCollector {
  readonly #source: SourceDefinition;
  readonly #limits: LoadLimits;
  readonly #path: readonly string[];
  readonly #seenPaths = new Set<string>();
  #records: RecordItem[] = [];
  #count = 0;
  /** Elements around the record. */
  #outside: string[] = [];
  /** The record and the elements inside it. */
  #inside: OpenElement[] = [];
  #size = 0;

  constructor(source: SourceDefinition, limits: LoadLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#path = (source.dialect.property ?? "").replace(/^\//, "").split("/");
  }

  take(): readonly RecordItem[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  open(rawName: string, attributes: { readonly [name: string]: string }): void {
    const name = localName(rawName);
    if (this.#inside.length + this.#outside.length > MAX_DEPTH) throw this.#failure(`has elements nested more than ${MAX_DEPTH} deep`);
    if (this.#inside.length === 0) {
      this.#outside.push(name);
      if (!this.#isRecord()) {
        this.#notePath();
        return;
      }
      this.#outside.pop();
      this.#size = 0;
    }
    this.#inside.push(this.#element(name, attributes));
  }

  text(piece: string): void {
    const element = this.#inside.at(-1);
    if (element === undefined) return;
    element.text += piece;
    this.#grow(piece.length);
  }

  close(): void {
    const element = this.#inside.pop();
    if (element === undefined) {
      this.#outside.pop();
      return;
    }
    const value = valueOf(element);
    const parent = this.#inside.at(-1);
    if (parent !== undefined) addValue(parent.tree, element.name, value);
    else {
      this.#count++;
      this.#records.push({ value: typeof value === "object" && value !== null ? value : { "#text": value } });
    }
  }

  /** @throws PolyflowError `source_unreadable` when the document has no records and its elements show why */
  checkFound(): void {
    if (this.#count > 0) return;
    const [root = ""] = this.#path;
    const hasRoot = root === "*" || [...this.#seenPaths].some((path) => path === root);
    const parent = this.#path.slice(0, -1).join("/");
    if (hasRoot && (this.#path.includes("*") || this.#seenPaths.has(parent))) return; // an empty list of records
    const shown = [...this.#seenPaths]
      .slice(0, 10)
      .map((path) => `/${path}`)
      .join(", ");
    throw this.#failure(
      `has no element ${this.#source.dialect.property ?? ""}; it has ${shown}. Correct \`property\` in the source's YAML`,
    );
  }

  #isRecord(): boolean {
    const path = this.#path;
    return this.#outside.length === path.length && path.every((step, index) => step === "*" || step === this.#outside[index]);
  }

  #notePath(): void {
    if (this.#seenPaths.size < 50) this.#seenPaths.add(this.#outside.join("/"));
  }

  #element(name: string, attributes: { readonly [name: string]: string }): OpenElement {
    const tree: XmlTree = {};
    let isNil = false;
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "xmlns" || key.startsWith("xmlns:")) continue;
      if (localName(key) === "nil" && key !== "nil") isNil = value === "true" || value === "1";
      else tree[`@${localName(key)}`] = value;
      this.#grow(key.length + value.length);
    }
    this.#grow(name.length);
    return { name, tree, isNil, text: "" };
  }

  #grow(characters: number): void {
    this.#size += characters;
    if (this.#size <= this.#limits.recordBytes) return;
    throw this.#failure(
      `has a record (number ${this.#count + 1}) longer than ${this.#limits.recordBytes} characters. If \`property\` is right, raise \`limits: {recordBytes: …}\` in the source's YAML`,
    );
  }

  #failure(what: string): PolyflowError {
    return new PolyflowError("source_unreadable", `The document of source "${this.#source.name}" ${what}.`);
  }
}

function valueOf(element: OpenElement): XmlValue {
  const hasTree = Object.keys(element.tree).length > 0;
  if (!hasTree) return element.isNil ? null : element.text;
  if (element.text.trim() !== "") element.tree["#text"] = element.text.trim();
  return element.tree;
}

/** An element that comes again makes a list. */
function addValue(tree: XmlTree, name: string, value: XmlValue): void {
  if (!Object.hasOwn(tree, name)) {
    // `__proto__` is a name like any other
    Object.defineProperty(tree, name, { value, enumerable: true, writable: true, configurable: true });
    return;
  }
  const earlier = tree[name];
  if (Array.isArray(earlier)) earlier.push(value);
  else tree[name] = [earlier ?? null, value];
}
