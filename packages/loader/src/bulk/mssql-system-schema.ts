import { type BulkSession, PolyflowError } from "@polyflow/contracts";
import { mssqlDialect } from "../target/strategy/mssql-dialect.ts";
import { MSSQL_MIGRATIONS, mssqlMigrationStatements } from "./mssql-migrations.ts";

/** What `exec sp_getapplock` is asked so that one at a time does something; it is let go with the transaction. */
export function applicationLock(name: string): string {
  const { literal } = mssqlDialect;
  // names of locks end at 255 characters
  return `declare @got int; exec @got = sp_getapplock @Resource = ${literal(name.slice(0, 255))}, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = -1; if @got < 0 begin; throw 50001, 'the lock of the load cannot be had', 1; end`;
}

/** SQL Server's own numbers in its words: permission denied. */
const RIGHTS = /permission was denied|permission denied|does not have permission/i;

/**
 * Creates the system tables where they are missing and brings older ones up to date; one at a time among all that try.
 * @returns the versions before and after
 * @throws PolyflowError `load_failed` with the statements that an administrator must run when the rights do not suffice
 */
export async function migrateMssqlSchema(
  session: BulkSession,
  schemaName: string,
): Promise<{ readonly from: number; readonly to: number }> {
  const newest = MSSQL_MIGRATIONS.at(-1)?.version ?? 0;
  const from = await mssqlSystemVersion(session, schemaName);
  if (from >= newest) return { from, to: from };
  await session.execute("set xact_abort on; begin transaction");
  try {
    await session.execute(applicationLock(`polyflow:schema:${schemaName}`));
    const applied = await mssqlSystemVersion(session, schemaName);
    for (const statement of mssqlMigrationStatements(schemaName, applied)) await session.execute(statement);
    await session.execute("commit transaction");
    return { from, to: newest };
  } catch (error) {
    // where the server has taken it back already, there is nothing to undo
    await session.execute("if @@trancount > 0 rollback transaction").catch(() => undefined);
    throw await explainRights(error, session, schemaName);
  }
}

/** Version of the system schema; 0 when there is none. */
export async function mssqlSystemVersion(session: BulkSession, schemaName: string): Promise<number> {
  const { identifier, literal } = mssqlDialect;
  const table = identifier(schemaName, "schema_migration");
  const [there] = await session.query(`select case when object_id(${literal(table)}) is null then 0 else 1 end as there`);
  if (there?.["there"] !== "1") return 0;
  const [row] = await session.query(`select max(version) as version from ${table}`);
  return Number(row?.["version"] ?? 0);
}

async function explainRights(error: unknown, session: BulkSession, schemaName: string): Promise<unknown> {
  if (!(error instanceof Error) || !RIGHTS.test(error.message)) return error;
  const [row] = await session.query("select user_name() as name").catch(() => []);
  const user = mssqlDialect.identifier(row?.["name"] ?? "user");
  const schema = mssqlDialect.identifier(schemaName);
  const statements = `exec(${mssqlDialect.literal(`create schema ${schema} authorization ${user}`)}); grant create table to ${user};`;
  return new PolyflowError(
    "load_failed",
    `The user ${user} may not create the system tables in the schema "${schemaName}" of the warehouse (${error.message}). An administrator must run: ${statements}`,
    { cause: error },
  );
}
