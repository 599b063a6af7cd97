import { invalidDag } from "./invalid-dag.ts";
import type { Mappable, OutputHandle } from "./output-handle.ts";

/** What a task can be mapped over: a constant list, an output that is a list, or something made from these. */
export type MapOver<Element> = readonly Element[] | OutputHandle<readonly Element[]> | Mappable<Element>;

/** What a source was made from; read when the task is added. */
export type MapDraft =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "map"; readonly source: unknown; readonly change: (element: never) => unknown }
  | { readonly kind: "zip"; readonly sources: readonly unknown[]; readonly fill?: unknown }
  | { readonly kind: "concat"; readonly sources: readonly unknown[] };

const drafts = new WeakMap<object, MapDraft>();
const elements = new WeakMap<object, unknown>();

/** How a source was made; a constant or an output stands for itself. */
export function mapDraftOf(source: unknown): MapDraft {
  return (typeof source === "object" && source !== null ? drafts.get(source) : undefined) ?? { kind: "value", value: source };
}

/** The source of which an input takes the elements; undefined when the value is not made by `each`. */
export function eachOf(value: unknown): { readonly source: unknown } | undefined {
  return typeof value === "object" && value !== null && elements.has(value) ? { source: elements.get(value) } : undefined;
}

/** See OutputHandle.map. */
export function mapped<Changed>(source: unknown, change: (element: never) => Changed): Mappable<Changed> {
  if (typeof change !== "function") throw invalidDag("map: what changes the elements is no function: list().map((element) => …).");
  return createMappable({ kind: "map", source, change });
}

/**
 * Elements of several sources side by side: as many as the shortest has.
 * @example compare.expand({ pair: zip(before(), after()) });
 */
export function zip<First, Second>(first: MapOver<First>, second: MapOver<Second>): Mappable<readonly [First, Second]>;
export function zip<Elements extends readonly unknown[]>(
  ...sources: {
    readonly [Place in keyof Elements]: MapOver<Elements[Place]>;
  }
): Mappable<Elements>;
export function zip(...sources: readonly unknown[]): Mappable<unknown> {
  return createMappable({ kind: "zip", sources });
}

/** Elements of several sources side by side: as many as the longest has; `fill` stands where a shorter one has none. */
export function zipLongest<Elements extends readonly unknown[], Fill>(
  fill: Fill,
  ...sources: { readonly [Place in keyof Elements]: MapOver<Elements[Place]> }
): Mappable<{ readonly [Place in keyof Elements]: Elements[Place] | Fill }> {
  return createMappable({ kind: "zip", sources, fill });
}

/** The elements of several sources, one source after the other. */
export function concat<Element>(...sources: readonly MapOver<Element>[]): Mappable<Element> {
  return createMappable({ kind: "concat", sources });
}

/**
 * Maps a task over a source, where the input of an operator stands: an instance of the task for each element. Several make an instance for each
 * combination.
 * @example bash({ id: "unpack", command: 'unzip "$FILE"', env: { FILE: each(list()) } });
 */
export function each<Element>(source: MapOver<Element>): OutputHandle<Element> {
  const handle: OutputHandle<Element> = {
    get: (property) => each(mapped(source, (element: never) => propertyOf(element, String(property)))) as never,
    map() {
      throw invalidDag("each(…) is one element, not a list. Change the elements before: each(source.map((element) => …)).");
    },
  };
  elements.set(handle, source);
  return handle;
}

function createMappable<Element>(draft: MapDraft): Mappable<Element> {
  const source: Mappable<Element> = { map: (change) => mapped(source, change) };
  drafts.set(source, draft);
  return source;
}

function propertyOf(element: unknown, property: string): unknown {
  if (typeof element !== "object" || element === null || !Object.hasOwn(element, property)) return null;
  return (element as { readonly [name: string]: unknown })[property];
}
