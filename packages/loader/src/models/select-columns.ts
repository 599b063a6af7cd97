/** A column of a query, and what it is computed from. */
export interface LineageColumn {
  readonly column: string;
  readonly from: readonly Origin[];
}

export interface Origin {
  /** `schema.table` */
  readonly table: string;
  readonly column: string;
}

type Node = { readonly [key: string]: unknown };

/** Something in FROM: a table, or a query whose columns are known. */
type Relation = { readonly alias: string } & (
  | { readonly table: string; readonly columns: readonly string[] | undefined }
  | { readonly query: readonly LineageColumn[] }
);

interface Scope {
  readonly relations: readonly Relation[];
  readonly ctes: ReadonlyMap<string, readonly LineageColumn[]>;
  readonly known: ReadonlyMap<string, readonly string[]>;
}

/**
 * The columns of the only statement of a parse tree of PostgreSQL, which must be a SELECT.
 * @param known `schema.table` → its columns
 */
export function selectColumns(tree: unknown, known: ReadonlyMap<string, readonly string[]>): readonly LineageColumn[] {
  const [statement] = list(node(tree)["stmts"]);
  const select = node(node(statement?.["stmt"])["SelectStmt"]);
  return columnsOfSelect(select, { relations: [], ctes: new Map(), known });
}

function columnsOfSelect(select: Node, outer: Scope): readonly LineageColumn[] {
  const ctes = new Map(outer.ctes);
  for (const item of list(node(select["withClause"])["ctes"])) {
    const cte = node(item["CommonTableExpr"]);
    const query = node(node(cte["ctequery"])["SelectStmt"]);
    const names = list(cte["aliascolnames"]).map(textOf);
    ctes.set(words(cte["ctename"]), renamed(columnsOfSelect(query, { ...outer, ctes }), names));
  }
  if (select["larg"] !== undefined) {
    const left = columnsOfSelect(node(select["larg"]), { ...outer, ctes });
    const right = columnsOfSelect(node(select["rarg"]), { ...outer, ctes });
    return left.map(({ column, from }, index) => ({ column, from: distinct([...from, ...(right[index]?.from ?? [])]) }));
  }
  const relations = list(select["fromClause"]).flatMap((item) => relationsOf(item, { ...outer, ctes }));
  // inner names hide outer ones
  const scope = { ...outer, ctes, relations: [...relations, ...outer.relations] };
  return list(select["targetList"]).flatMap((item) => columnsOfTarget(node(item["ResTarget"]), scope, relations));
}

function relationsOf(item: Node, scope: Scope): readonly Relation[] {
  if (item["RangeVar"] !== undefined) return [relationOfTable(node(item["RangeVar"]), scope)];
  if (item["JoinExpr"] !== undefined) {
    const join = node(item["JoinExpr"]);
    return [...relationsOf(node(join["larg"]), scope), ...relationsOf(node(join["rarg"]), scope)];
  }
  if (item["RangeSubselect"] !== undefined) {
    const part = node(item["RangeSubselect"]);
    const alias = node(part["alias"]);
    const query = columnsOfSelect(node(node(part["subquery"])["SelectStmt"]), scope);
    return [{ alias: words(alias["aliasname"]), query: renamed(query, list(alias["colnames"]).map(textOf)) }];
  }
  return [];
}

function relationOfTable(range: Node, { ctes, known }: Scope): Relation {
  const name = words(range["relname"]);
  const alias = words(node(range["alias"])["aliasname"]) || name;
  const cte = range["schemaname"] === undefined ? ctes.get(name) : undefined;
  if (cte !== undefined) return { alias, query: cte };
  const table = `${typeof range["schemaname"] === "string" ? range["schemaname"] : "public"}.${name}`;
  return { alias, table, columns: known.get(table) };
}

function columnsOfTarget(target: Node, scope: Scope, relations: readonly Relation[]): readonly LineageColumn[] {
  const value = node(target["val"]);
  const parts = value["ColumnRef"] === undefined ? [] : list(node(value["ColumnRef"])["fields"]);
  if (parts.at(-1)?.["A_Star"] !== undefined) {
    const alias = parts.length > 1 ? textOf(parts.at(-2) ?? {}) : undefined;
    return relations.filter((relation) => alias === undefined || relation.alias === alias).flatMap(everything);
  }
  const named = target["name"];
  const column = typeof named === "string" ? named : parts.length > 0 ? textOf(parts.at(-1) ?? {}) : "?column?";
  return [{ column, from: distinct(originsIn(value, scope)) }];
}

function everything(relation: Relation): readonly LineageColumn[] {
  if ("query" in relation) return relation.query;
  const { table, columns = ["*"] } = relation;
  return columns.map((column) => ({ column, from: [{ table, column }] }));
}

/** The columns that an expression computes with; of a subquery those of its result. */
function originsIn(value: unknown, scope: Scope): readonly Origin[] {
  if (Array.isArray(value)) return value.flatMap((item) => originsIn(item, scope));
  if (typeof value !== "object" || value === null) return [];
  const one = node(value);
  if (one["ColumnRef"] !== undefined) return originsOf(list(node(one["ColumnRef"])["fields"]), scope);
  if (one["SelectStmt"] !== undefined) return columnsOfSelect(node(one["SelectStmt"]), scope).flatMap((column) => column.from);
  return Object.values(one).flatMap((item) => originsIn(item, scope));
}

function originsOf(parts: readonly Node[], { relations }: Scope): readonly Origin[] {
  const column = textOf(parts.at(-1) ?? {});
  const alias = parts.length > 1 ? textOf(parts.at(-2) ?? {}) : undefined;
  const candidates = relations.filter((relation) => alias === undefined || relation.alias === alias);
  const having = candidates.find((relation) => has(relation, column));
  // a table that nobody has described may have any column
  const found = having ?? candidates.find((relation) => "table" in relation && relation.columns === undefined);
  if (found === undefined) return [];
  if ("table" in found) return [{ table: found.table, column }];
  return found.query.find((item) => item.column === column)?.from ?? [];
}

function has(relation: Relation, column: string): boolean {
  return "query" in relation ? relation.query.some((item) => item.column === column) : (relation.columns?.includes(column) ?? false);
}

function renamed(columns: readonly LineageColumn[], names: readonly string[]): readonly LineageColumn[] {
  return columns.map(({ column, from }, index) => ({ column: names[index] ?? column, from }));
}

function distinct(origins: readonly Origin[]): readonly Origin[] {
  return origins.filter(
    (origin, index) => origins.findIndex((other) => other.table === origin.table && other.column === origin.column) === index,
  );
}

function textOf(part: Node): string {
  return words(node(part["String"])["sval"]);
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function node(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : {}; // oxlint-disable-line typescript/no-unsafe-type-assertion -- an object whose values are looked at one by one
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(node) : [];
}
