import type { SqlDialect } from "./sql-dialect.ts";
import { DELETED_AT_COLUMN, LOADED_AT_COLUMN, LOAD_ID_COLUMN, VALID_FROM_COLUMN, VALID_TO_COLUMN } from "./write-shape.ts";
import type { WriteShape, WriteStep } from "./write-shape.ts";

/**
 * The statements that bring the rows of `incoming` into the target, for one transaction that has locked the target.
 * In them `t` is the target and `i` what arrives; keys in `incoming` are unique.
 */
export function writeSteps(dialect: SqlDialect, shape: WriteShape): readonly WriteStep[] {
  const words = new Words(dialect, shape);
  switch (shape.strategy) {
    case "append":
      return [words.insert()];
    case "new_only":
      return [newOnly(words)];
    case "replace":
      return [{ sql: dialect.deleteAll(words.target), counts: "deleted" }, words.insert()];
    case "insert_only":
      return [words.insert(`not exists (select 1 from ${words.target} t where ${words.sameKey})`)];
    case "upsert":
      return [...upsert(words), ...missing(words)];
    case "delete_insert":
      return [...deleteInsert(words), ...missing(words)];
    case "scd2":
      return history(words);
    case "partition":
      return partition(words);
  }
}

/** Rows that the target does not have yet, twins counted: of three equal rows where it has two, one is new. */
function newOnly({ dialect, shape, target, insertColumns, insertValues, within }: Words): WriteStep {
  const numbered = (alias: string, from: string, where: string, extra: string): string => {
    const digest = dialect.digest(shape.compared.map((column) => `${alias}.${dialect.identifier(column)}`));
    const twin = `row_number() over (partition by ${digest} order by (select null))`;
    return `(select ${extra}${digest} as _digest, ${twin} as _twin from ${from} ${alias}${where})`;
  };
  const known = numbered("t", target, within === "" ? "" : ` where ${within}`, "");
  return {
    sql:
      `insert into ${target} (${insertColumns}) select ${insertValues} from ${numbered("i", shape.incoming, "", "i.*, ")} i` +
      ` where not exists (select 1 from ${known} t where t._digest = i._digest and t._twin = i._twin)`,
    counts: "inserted",
  };
}

function upsert(words: Words): readonly WriteStep[] {
  const { dialect, target, incoming, sameKey, changed, updates } = words;
  if (dialect.hasMerge) {
    const update = updates === undefined ? {} : { update: { where: changed, set: updates } };
    const columns = words.written.map((column) => dialect.identifier(column));
    const sql = dialect.merge({ target, source: `${incoming} i`, on: sameKey, ...update, columns, values: words.values });
    return [{ sql, counts: "merged" }];
  }
  const insert = words.insert(`not exists (select 1 from ${target} t where ${sameKey})`);
  if (updates === undefined) return [insert];
  const where = changed === undefined ? sameKey : `${sameKey} and ${changed}`;
  return [{ sql: dialect.updateJoined({ target, source: `${incoming} i`, set: updates, where }), counts: "updated" }, insert];
}

function deleteInsert({ dialect, target, incoming, sameKey, changed, updates, insert }: Words): readonly WriteStep[] {
  const begun = insert(`not exists (select 1 from ${target} t where ${sameKey})`);
  if (updates === undefined) return [begun];
  const where = changed === undefined ? sameKey : `${sameKey} and ${changed}`;
  return [{ sql: dialect.deleteJoined({ target, source: `${incoming} i`, where }), counts: "replaced" }, begun];
}

/** Versions that changed end; keys without a current version, be they new or just ended, begin one. */
function history(words: Words): readonly WriteStep[] {
  const { dialect, shape, target, incoming, sameKey } = words;
  const validTo = dialect.identifier(VALID_TO_COLUMN);
  const isCurrent = `t.${validTo} is null`;
  const end = [`${validTo} = ${shape.at}`];
  const ended: WriteStep[] =
    shape.compared.length === 0
      ? []
      : [
          {
            sql: dialect.updateJoined({
              target,
              source: `${incoming} i`,
              set: end,
              where: `${sameKey} and ${isCurrent} and ${words.differs}`,
            }),
            counts: "replaced",
          },
        ];
  const begun = words.insert(`not exists (select 1 from ${target} t where ${sameKey} and ${isCurrent})`);
  if (shape.missingRows === undefined) return [...ended, begun];
  const gone = words.and(isCurrent, words.within, `not exists (select 1 from ${incoming} i where ${sameKey})`);
  return [...ended, begun, { sql: dialect.updateWhere(target, end, gone), counts: "missing" }];
}

function missing(words: Words): readonly WriteStep[] {
  const { dialect, shape, target, incoming, sameKey } = words;
  if (shape.missingRows === undefined) return [];
  const isGone = `not exists (select 1 from ${incoming} i where ${sameKey})`;
  if (shape.missingRows === "delete") return [{ sql: dialect.deleteWhere(target, words.and(words.within, isGone)), counts: "missing" }];
  const deletedAt = dialect.identifier(DELETED_AT_COLUMN);
  const set = [`${deletedAt} = ${shape.at}`, ...words.systemUpdates];
  return [{ sql: dialect.updateWhere(target, set, words.and(`t.${deletedAt} is null`, words.within, isGone)), counts: "missing" }];
}

/** A partition is exchanged as a whole: what it held goes, what arrived comes. NULL is a partition like others, but `=` does not find it. */
function partition(words: Words): readonly WriteStep[] {
  const { dialect, shape, target, incoming, within } = words;
  const insert = words.insert();
  if (shape.partitionBy.length === 0) return [{ sql: dialect.deleteWhere(target, within), counts: "deleted" }, insert];
  const names = shape.partitionBy.map((column) => dialect.identifier(column));
  const isNull = (alias: string): string => names.map((name) => `${alias}.${name} is null`).join(" or ");
  const partitions = (where: string): string =>
    `(select distinct ${names.map((name) => `s.${name}`).join(", ")} from ${incoming} s${where}) i`;
  const same = names.map((name) => `t.${name} = i.${name}`).join(" and ");
  const sameOrNull = names.map((name) => `(t.${name} = i.${name} or t.${name} is null and i.${name} is null)`).join(" and ");
  return [
    { sql: dialect.deleteJoined({ target, source: partitions(""), where: words.and(same, within) }), counts: "deleted" },
    {
      sql: dialect.deleteJoined({
        target,
        source: partitions(` where ${isNull("s")}`),
        where: words.and(`(${isNull("t")})`, sameOrNull, within),
      }),
      counts: "deleted",
    },
    insert,
  ];
}

/** The parts that the statements of a shape are made of. */
class Words {
  readonly dialect: SqlDialect;
  readonly shape: WriteShape;
  readonly target: string;
  readonly incoming: string;
  readonly within: string;

  constructor(dialect: SqlDialect, shape: WriteShape) {
    this.dialect = dialect;
    this.shape = shape;
    this.target = dialect.identifier(...shape.target);
    this.incoming = shape.incoming;
    this.within = this.and(...shape.within);
  }

  readonly and = (...conditions: readonly string[]): string => conditions.filter((condition) => condition !== "").join(" and ");

  /** INSERT of what arrives, under a condition. */
  readonly insert = (where = ""): WriteStep => ({
    sql: `insert into ${this.target} (${this.insertColumns}) select ${this.insertValues} from ${this.incoming} i${where === "" ? "" : ` where ${where}`}`,
    counts: "inserted",
  });

  get written(): readonly string[] {
    const history = this.shape.strategy === "scd2" ? [VALID_FROM_COLUMN] : [];
    return [...this.shape.columns, LOAD_ID_COLUMN, LOADED_AT_COLUMN, ...history];
  }

  get values(): readonly string[] {
    const { columns, loadId, at, strategy } = this.shape;
    const arriving = columns.map((column) => `i.${this.dialect.identifier(column)}`);
    return [...arriving, this.dialect.loadId(loadId), at, ...(strategy === "scd2" ? [at] : [])];
  }

  get insertColumns(): string {
    return this.written.map((column) => this.dialect.identifier(column)).join(", ");
  }

  get insertValues(): string {
    return this.values.join(", ");
  }

  get sameKey(): string {
    return this.shape.keys.map((key) => `t.${this.dialect.identifier(key)} = i.${this.dialect.identifier(key)}`).join(" and ");
  }

  get differs(): string {
    const side = (alias: string): readonly string[] => this.shape.compared.map((column) => this.#comparable(alias, column));
    return this.dialect.differs(side("t"), side("i"));
  }

  /** When a row of the same key must be written; undefined: always. */
  get changed(): string | undefined {
    const { onlyChanged, compared, missingRows } = this.shape;
    if (!onlyChanged) return undefined;
    const conditions = compared.length === 0 ? [] : [this.differs];
    if (missingRows === "mark") conditions.push(`t.${this.dialect.identifier(DELETED_AT_COLUMN)} is not null`);
    return conditions.length > 1 ? `(${conditions.join(" or ")})` : conditions[0];
  }

  get systemUpdates(): readonly string[] {
    const { dialect, shape } = this;
    return [
      `${dialect.identifier(LOAD_ID_COLUMN)} = ${dialect.loadId(shape.loadId)}`,
      `${dialect.identifier(LOADED_AT_COLUMN)} = ${shape.at}`,
    ];
  }

  /** What an update sets; undefined when no row of a known key can have changed. */
  get updates(): readonly string[] | undefined {
    const { dialect, shape } = this;
    const values = shape.columns.filter((column) => !shape.keys.includes(column));
    const canDiffer = shape.onlyChanged ? shape.compared.length > 0 : values.length > 0;
    if (!canDiffer && shape.missingRows !== "mark") return undefined;
    const sets = values.map((column) => `${dialect.identifier(column)} = i.${dialect.identifier(column)}`);
    const revived = shape.missingRows === "mark" ? [`${dialect.identifier(DELETED_AT_COLUMN)} = null`] : [];
    return [...sets, ...revived, ...this.systemUpdates];
  }

  #comparable(alias: string, column: string): string {
    const name = `${alias}.${this.dialect.identifier(column)}`;
    return this.shape.comparedAsText.includes(column) ? this.dialect.asText(name) : name;
  }
}
