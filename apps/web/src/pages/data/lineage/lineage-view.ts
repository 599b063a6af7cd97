import type { UiDataLineage, UiLineageEdge, UiLineageNode } from "@polyflow/contracts/wire";

/** What of the whole graph somebody wants to see. */
export interface LineageQuestion {
  readonly node?: string | undefined;
  /** A column of the node: only its way through the tables is shown. */
  readonly column?: string | undefined;
  /** Steps from the node that are shown, against and with the direction of data; both undefined: everything. */
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  /** Tasks and DAGs stand between the tables. */
  readonly processes: boolean;
  /** Nodes whose columns are listed. */
  readonly open: ReadonlySet<string>;
}

export interface ShownNode {
  readonly node: UiLineageNode;
  /** Columns that are listed in the box. */
  readonly columns: readonly string[];
  /** Columns that it has besides. */
  readonly more: number;
}

export interface ShownEdge {
  readonly from: string;
  readonly to: string;
  /** Ends at columns that are listed; null: at the boxes. */
  readonly columns: { readonly from: string; readonly to: string } | null;
}

export interface LineageView {
  readonly nodes: readonly ShownNode[];
  readonly edges: readonly ShownEdge[];
}

/** A box lists so many columns; the page of the table has all. */
const MOST_COLUMNS = 40;

export function lineageView(lineage: UiDataLineage, question: LineageQuestion): LineageView {
  const { node, column, up, down, processes, open } = question;
  const nodes = new Map(lineage.nodes.map((one) => [one.id, one]));
  if (node !== undefined && column !== undefined) return trailView(lineage, { node, column });
  const isNarrow = node !== undefined && nodes.has(node) && (up !== undefined || down !== undefined);
  const kept = isNarrow ? neighbourhood(lineage.edges, node, { up: up ?? 0, down: down ?? 0 }) : new Set(nodes.keys());
  const within = lineage.edges.filter((edge) => kept.has(edge.from) && kept.has(edge.to));
  const edges = processes ? withProcesses(within) : withoutProcesses(within, nodes);
  const used = new Set(edges.flatMap((edge) => [edge.from, edge.to]));
  const shown = lineage.nodes.filter((one) => (one.kind === "process" ? processes && used.has(one.id) : kept.has(one.id)));
  return {
    nodes: shown.map((one) => shownNode(one, open.has(one.id) ? one.columns : [])),
    edges: edges.flatMap((edge) => betweenColumns(edge, nodes, open)),
  };
}

/** All nodes within so many steps. */
export function neighbourhood(
  edges: readonly UiLineageEdge[],
  start: string,
  steps: { readonly up: number; readonly down: number },
): ReadonlySet<string> {
  const found = new Set([start]);
  const walk = (next: ReadonlyMap<string, readonly UiLineageEdge[]>, end: "from" | "to", count: number): void => {
    const seen = new Set([start]);
    let border = [start];
    for (let step = 0; step < count && border.length > 0; step++) {
      border = border.flatMap((at) => next.get(at) ?? []).flatMap((edge) => (seen.has(edge[end]) ? [] : [edge[end]]));
      for (const at of border) {
        seen.add(at);
        found.add(at);
      }
    }
  };
  walk(
    Map.groupBy(edges, (edge) => edge.to),
    "from",
    steps.up,
  );
  walk(
    Map.groupBy(edges, (edge) => edge.from),
    "to",
    steps.down,
  );
  return found;
}

export interface ColumnStep {
  readonly from: string;
  readonly fromColumn: string;
  readonly to: string;
  readonly toColumn: string;
}

/** Every step that the values of a column take: back to where they come from, and on to what is made of them. */
export function followColumn(edges: readonly UiLineageEdge[], node: string, column: string): readonly ColumnStep[] {
  const all = edges.flatMap((edge) =>
    edge.columns.map((pair): ColumnStep => ({ from: edge.from, fromColumn: pair.from, to: edge.to, toColumn: pair.to })),
  );
  const key = (at: string, name: string) => `${at}\n${name}`;
  const into = Map.groupBy(all, (step) => key(step.to, step.toColumn));
  const outOf = Map.groupBy(all, (step) => key(step.from, step.fromColumn));
  const found = new Set<ColumnStep>();
  const walk = (next: ReadonlyMap<string, readonly ColumnStep[]>, endOf: (step: ColumnStep) => string): void => {
    const border = [key(node, column)];
    const seen = new Set(border);
    for (let at = border.pop(); at !== undefined; at = border.pop()) {
      for (const step of next.get(at) ?? []) {
        found.add(step);
        const end = endOf(step);
        if (seen.has(end)) continue;
        seen.add(end);
        border.push(end);
      }
    }
  };
  walk(into, (step) => key(step.from, step.fromColumn));
  walk(outOf, (step) => key(step.to, step.toColumn));
  return [...found];
}

function trailView(lineage: UiDataLineage, { node, column }: { readonly node: string; readonly column: string }): LineageView {
  const steps = followColumn(lineage.edges, node, column);
  const columns = new Map<string, Set<string>>();
  const note = (at: string, column: string) => columns.set(at, (columns.get(at) ?? new Set()).add(column));
  note(node, column);
  for (const { from, fromColumn, to, toColumn } of steps) {
    note(from, fromColumn);
    note(to, toColumn);
  }
  return {
    nodes: lineage.nodes.flatMap((one) => {
      const listed = columns.get(one.id);
      return listed === undefined ? [] : [shownNode(one, [...listed])];
    }),
    edges: steps.map(({ from, fromColumn, to, toColumn }) => ({ from, to, columns: { from: fromColumn, to: toColumn } })),
  };
}

function shownNode(node: UiLineageNode, columns: readonly string[]): ShownNode {
  const listed = columns.slice(0, MOST_COLUMNS);
  return { node, columns: listed, more: columns.length === 0 ? 0 : node.columns.length - listed.length };
}

/** Edges that lead over the tasks which carry the rows. */
function withProcesses(edges: readonly UiLineageEdge[]): readonly UiLineageEdge[] {
  return edges.flatMap((edge) =>
    edge.by.length === 0
      ? [edge]
      : edge.by.flatMap((process) => [
          { ...edge, to: process, by: [], columns: [] },
          { ...edge, from: process, by: [], columns: [] },
        ]),
  );
}

/** What a process reads leads straight to what it writes. */
function withoutProcesses(edges: readonly UiLineageEdge[], nodes: ReadonlyMap<string, UiLineageNode>): readonly UiLineageEdge[] {
  const isProcess = (at: string) => nodes.get(at)?.kind === "process";
  const written = Map.groupBy(edges, (edge) => edge.from);
  return edges.flatMap((edge) => {
    if (isProcess(edge.from)) return [];
    if (!isProcess(edge.to)) return [edge];
    return (written.get(edge.to) ?? []).map((next) => ({ ...next, from: edge.from })).filter((next) => next.from !== next.to);
  });
}

/** Where both boxes are open the columns are joined, otherwise the boxes. */
function betweenColumns(edge: UiLineageEdge, nodes: ReadonlyMap<string, UiLineageNode>, open: ReadonlySet<string>): readonly ShownEdge[] {
  const { from, to, columns } = edge;
  const listed = (at: string) => nodes.get(at)?.columns.slice(0, MOST_COLUMNS) ?? [];
  const pairs =
    open.has(from) && open.has(to) ? columns.filter((pair) => listed(from).includes(pair.from) && listed(to).includes(pair.to)) : [];
  return pairs.length === 0 ? [{ from, to, columns: null }] : pairs.map((pair) => ({ from, to, columns: pair }));
}
