import type { SqlDialect } from "./sql-dialect.ts";

/**
 * MS SQL Server 2012 and newer; docs/warehouses.md lists what 2008 R2 lacks. The loader's transaction locks the target first
 * (`with (tablockx, holdlock)`), so MERGE would be safe; but its known faults with triggers and indexed views make UPDATE and INSERT
 * the better pair.
 */
export const mssqlDialect: SqlDialect = {
  name: "mssql",
  hasMerge: false,
  identifier: (...path) => path.map((name) => `[${name.replaceAll("]", "]]")}]`).join("."),
  literal: (text) => `N'${text.replaceAll("'", "''")}'`,
  loadId: (loadId) => `cast('${loadId.replaceAll("'", "''")}' as uniqueidentifier)`,
  // EXCEPT takes NULL for equal to NULL, which `<>` does not
  differs: (left, right) => `exists (select ${left.join(", ")} except select ${right.join(", ")})`,
  asText: (expression) => `cast(${expression} as nvarchar(max))`,
  // with the length of each value and a sign for NULL, so that (a, bc) and (ab, c) differ
  digest: (expressions) =>
    `hashbytes('SHA2_256', concat(N'', ${expressions.map((item) => `iif(${item} is null, N'-', concat(datalength(${item}), N':', ${item}))`).join(", ")}))`,
  updateJoined: ({ target, source, set, where }) => `update t set ${set.join(", ")} from ${target} t, ${source} where ${where}`,
  deleteJoined: ({ target, source, where }) => `delete t from ${target} t, ${source} where ${where}`,
  updateWhere: (target, set, where) => `update t set ${set.join(", ")} from ${target} t where ${where}`,
  deleteWhere: (target, where) => `delete t from ${target} t where ${where}`,
  merge: () => {
    throw new Error("MS SQL Server gets UPDATE and INSERT instead of MERGE");
  },
  deleteAll: (target) => `delete from ${target}`,
};
