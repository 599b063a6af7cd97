/** A step of a path through YAML that is being written: a key, or an item of a list. */
export type PlaceStep = string | typeof ITEM;
export const ITEM = Symbol("item of a list");

/** Where in a file something is being written; the file need not be valid yet. */
export interface YamlPlace {
  /** What encloses it: for a key its mapping, for a value the value itself. */
  readonly path: readonly PlaceStep[];
  readonly wanted: "key" | "value";
  /** Keys that the mapping has already. */
  readonly siblings: ReadonlySet<string>;
  /** Offset at which the word begins that is being written. */
  readonly from: number;
}

/** A line taken apart: dashes of list items, then a key. Columns count from 0. */
interface Line {
  readonly dashes: readonly number[];
  /** Where the key stands, or what else there is. */
  readonly column: number;
  /** Nothing but space or a comment: it encloses nothing. */
  readonly isEmpty: boolean;
  readonly key: string | undefined;
}

const KEY = /^(?:"([^"]+)"|'([^']+)'|([\w$.-]+))\s*:(?=\s|$)/;

/** Finds by indentation what encloses a place, as people see it while they write. */
export function yamlPlace(text: string, offset: number): YamlPlace {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const before = text.slice(start, offset);
  const line = takenApart(before);
  const rest = before.slice(line.column);
  const [written = ""] = /[\w$.-]*$/.exec(rest) ?? [];
  const above = text.slice(0, start).split("\n").slice(0, -1).map(takenApart);
  const below = text.slice(start).split("\n").slice(1).map(takenApart);
  const enclosing = enclosingPath(above, line);
  const isValue = line.key !== undefined;
  return {
    path: isValue && line.key !== undefined ? [...enclosing, line.key] : enclosing,
    wanted: isValue ? "value" : "key",
    siblings: siblingsOf({ above, below, line }),
    from: offset - written.length,
  };
}

function takenApart(text: string): Line {
  const dashes: number[] = [];
  let column = text.length - text.trimStart().length;
  while (/^-(\s|$)/.test(text.slice(column))) {
    dashes.push(column);
    column += 1 + (/^\s*/.exec(text.slice(column + 1))?.[0].length ?? 0);
  }
  const rest = text.slice(column);
  const isEmpty = rest.startsWith("#") || (rest === "" && dashes.length === 0);
  const [, double, single, plain] = isEmpty ? [] : (KEY.exec(rest) ?? []);
  return { dashes, column, isEmpty, key: double ?? single ?? plain };
}

/** Goes up: what stands further left encloses what stands further right. */
function enclosingPath(above: readonly Line[], line: Line): readonly PlaceStep[] {
  const path: PlaceStep[] = [];
  const own: Line = { ...line, key: undefined, isEmpty: false };
  let [keyLimit, dashLimit] = [own.column, own.column];
  for (const { dashes, key, column, isEmpty } of [own, ...above.toReversed()]) {
    if (isEmpty) continue;
    if (key !== undefined && column < keyLimit) {
      path.unshift(key);
      [keyLimit, dashLimit] = [column, column];
    }
    for (const dash of dashes.toReversed()) {
      if (dash >= dashLimit) continue;
      path.unshift(ITEM);
      // A list may stand at the very column of its key.
      [keyLimit, dashLimit] = [dash + 0.5, dash];
    }
  }
  return path;
}

function siblingsOf({ above, below, line }: { above: readonly Line[]; below: readonly Line[]; line: Line }): ReadonlySet<string> {
  const keys = new Set<string>();
  const { column } = line;
  if (line.dashes.length === 0) collect(above.toReversed(), true);
  collect(below, false);
  return keys;

  function collect(lines: readonly Line[], isUpward: boolean): void {
    for (const other of lines) {
      if (other.isEmpty) continue;
      const isNewItem = other.dashes.length > 0 && (other.dashes.at(-1) ?? 0) < column;
      if (other.column < column || (isNewItem && !isUpward)) return;
      if (other.column === column && other.key !== undefined) keys.add(other.key);
      if (isNewItem) return;
    }
  }
}
