import { identifier, literal } from "../../sql-text.ts";
import type { SqlDialect } from "./sql-dialect.ts";

/** PostgreSQL from 12 on, Greenplum and Postgres Pro; MERGE is there from 15 on. */
export function postgresDialect(options: { readonly hasMerge: boolean }): SqlDialect {
  return {
    name: "postgres",
    hasMerge: options.hasMerge,
    identifier,
    literal,
    loadId: (loadId) => `${literal(loadId)}::uuid`,
    differs: (left, right) => `row(${left.join(", ")}) is distinct from row(${right.join(", ")})`,
    asText: (expression) => `${expression}::text`,
    digest: (expressions) => `md5(row(${expressions.join(", ")})::text)`,
    updateJoined: ({ target, source, set, where }) => `update ${target} t set ${set.join(", ")} from ${source} where ${where}`,
    deleteJoined: ({ target, source, where }) => `delete from ${target} t using ${source} where ${where}`,
    updateWhere: (target, set, where) => `update ${target} t set ${set.join(", ")} where ${where}`,
    deleteWhere: (target, where) => `delete from ${target} t where ${where}`,
    merge: ({ target, source, on, update, columns, values }) => {
      const condition = update?.where === undefined ? "" : ` and ${update.where}`;
      const matched = update === undefined ? "" : ` when matched${condition} then update set ${update.set.join(", ")}`;
      return `merge into ${target} t using ${source} on ${on}${matched} when not matched then insert (${columns.join(", ")}) values (${values.join(", ")})`;
    },
    // not TRUNCATE: readers go on seeing the old rows until the commit, and need not wait
    deleteAll: (target) => `delete from ${target}`,
  };
}
