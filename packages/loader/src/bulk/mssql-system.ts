import { type BulkSession, PolyflowError } from "@polyflow/contracts";
import type { ProjectMetadata } from "@polyflow/metadata-model";
import { descriptions } from "../system/populate-system-schema.ts";
import type { Described, MetadataTable, PopulatedSchema } from "../system/populate-system-schema.ts";
import type { SystemUpgrade } from "../system/upgrade-system-schema.ts";
import { MSSQL_MIGRATIONS } from "./mssql-migrations.ts";
import { applicationLock, migrateMssqlSchema } from "./mssql-system-schema.ts";
import { mssqlWords } from "./mssql-words.ts";
import { SystemRecords } from "./system-records.ts";

type Open = () => Promise<BulkSession>;

/** Major version of SQL Server 2012. */
const OLDEST_SERVER = 11;

/**
 * Builds the system tables of a warehouse on MS SQL Server, or brings them up to date, as `upgradeSystemSchema` does on PostgreSQL.
 * @throws PolyflowError `database_version` for a server before 2012, `load_failed` with the statements to run when rights are missing
 */
export function upgradeMssqlSchema(open: Open, schema = "df"): Promise<SystemUpgrade> {
  return withSession(open, async (session) => {
    const [server] = await session.query(
      "select parsename(convert(nvarchar(50), serverproperty('productversion')), 4) as major, convert(nvarchar(50), serverproperty('productversion')) as version",
    );
    if (Number(server?.["major"] ?? 0) < OLDEST_SERVER) {
      throw new PolyflowError(
        "database_version",
        `The warehouse is MS SQL Server ${server?.["version"] ?? "of an unknown version"}; the system tables and loads need 2012 (version ${OLDEST_SERVER}) or newer. docs/warehouses.md lists what older ones lack.`,
      );
    }
    const { from, to } = await migrateMssqlSchema(session, schema);
    const applied = MSSQL_MIGRATIONS.filter(({ version }) => version > from && version <= to).map(({ version, name }) => ({
      version,
      name,
    }));
    return { schema, from, to, applied };
  });
}

/**
 * Writes what a project's `metadata/` describes into the system tables of a warehouse on MS SQL Server; what is equal stays untouched, what
 * is gone is removed. All in one transaction.
 */
export function populateMssqlSchema(
  open: Open,
  metadata: ProjectMetadata,
  { project, systemSchema = "df" }: { readonly project: string; readonly systemSchema?: string },
): Promise<PopulatedSchema> {
  return withSession(open, async (session) => {
    await migrateMssqlSchema(session, systemSchema);
    const records = new SystemRecords(session, mssqlWords, systemSchema);
    await session.execute("set xact_abort on; begin transaction");
    try {
      await session.execute(applicationLock(`polyflow:populate:${systemSchema}:${project}`));
      const counts: Partial<Record<MetadataTable, PopulatedSchema["counts"][MetadataTable]>> = {};
      for (const [table, rows] of descriptions(metadata))
        counts[table] = await writeDescriptions(session, records, { table, project, rows });
      await session.execute("commit transaction");
      return { project, counts: counts as PopulatedSchema["counts"] }; // oxlint-disable-line typescript/no-unsafe-type-assertion -- the loop has filled all of them
    } catch (error) {
      // where the server has taken it back already, there is nothing to undo
      await session.execute("if @@trancount > 0 rollback transaction").catch(() => undefined);
      throw error;
    }
  });
}

async function writeDescriptions(
  session: BulkSession,
  records: SystemRecords,
  of: { readonly table: MetadataTable; readonly project: string; readonly rows: readonly Described[] },
): Promise<PopulatedSchema["counts"][MetadataTable]> {
  const { literal } = mssqlWords;
  const table = records.table(of.table);
  const inProject = `project = ${literal(of.project)}`;
  const keyOf = (parent: string, name: string): string => JSON.stringify([parent, name]);
  const known = new Map<string, string>();
  for (const row of await session.query(`select parent, name, position, definition from ${table} where ${inProject}`))
    known.set(keyOf(row["parent"] ?? "", row["name"] ?? ""), `${row["position"] ?? ""} ${row["definition"] ?? ""}`);
  const wanted = new Map(of.rows.map((row) => [keyOf(row.parent, row.name), row]));
  const gone = [...known.keys()].filter((key) => !wanted.has(key));
  const changed = [...wanted].filter(([key, row]) => known.get(key) !== `${row.position} ${JSON.stringify(row.definition)}`);
  for (const key of [...gone, ...changed.map(([each]) => each).filter((each) => known.has(each))]) {
    const [parent = "", name = ""] = JSON.parse(key) as string[]; // as keyOf has written it
    await session.execute(`delete from ${table} where ${inProject} and parent = ${literal(parent)} and name = ${literal(name)}`);
  }
  await records.insert(
    of.table,
    changed.map(([, { parent, name, position, definition }]) => ({
      project: of.project,
      parent,
      name,
      position,
      definition: JSON.stringify(definition),
    })),
  );
  return { rows: of.rows.length, changed: changed.length, removed: gone.length };
}

async function withSession<Result>(open: Open, work: (session: BulkSession) => Promise<Result>): Promise<Result> {
  const session = await open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
