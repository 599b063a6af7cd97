import { basename } from "node:path";
import type { LoadRecord } from "@polyflow/loader";
import { type Command, Option } from "commander";
import { type CommandHost, does, wholeNumber, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { onAnyWarehouse, onWarehouse, withProject, withWarehouse } from "./df-warehouse.ts";
import { projectFolder } from "./project-folder.ts";

/** `polyflow df upgrade`, `populate`, `grants` and `loads`. */
export function addSystemCommands(host: CommandHost, df: Command): void {
  does(
    host,
    withWarehouse(withOutput(df.command("upgrade").description("build the system tables of the warehouse, or bring them up to date"))),
    upgrade,
  );
  does(
    host,
    withProject(withWarehouse(withOutput(df.command("populate").description("write the project's metadata into the system tables")))),
    populate,
  );
  does(
    host,
    withProject(df.command("grants").description("print a script that gives another user of the warehouse its rights"))
      .requiredOption("--role <name>", "the role that gets them")
      .option("--schema <name>", "schema of the system tables; default: AF_DF_SCHEMA, or df")
      .option("--load", "it shall load, not only look")
      .addOption(new Option("--database <kind>", "whose SQL it is").choices(["postgres", "mssql"]).default("postgres")),
    grants,
  );
  does(
    host,
    withWarehouse(withOutput(df.command("loads").description("list loads, the newest first")))
      .option("--flow <flow>", "of this flow")
      .addOption(new Option("--status <status>", "with this result").choices(["loaded", "failed", "superseded"]))
      .option("--limit <n>", "at most so many", wholeNumber, 50),
    loads,
  );
}

async function upgrade(invocation: Invocation): Promise<number> {
  const { upgradeMssqlSchema, upgradeSystemSchema } = await import("@polyflow/loader");
  const { schema, from, to, applied } = await onAnyWarehouse(invocation, {
    postgres: (client, systemSchema) => upgradeSystemSchema(client, systemSchema),
    mssql: (open, systemSchema) => upgradeMssqlSchema(open, systemSchema),
  });
  invocation.printRows(applied.map(({ version, name }) => ({ version, name })));
  invocation.note(
    from === to
      ? `The system tables in ${schema} have version ${to} already.`
      : `The system tables in ${schema} went from version ${from} to ${to}.`,
  );
  return EXIT.success;
}

async function populate(invocation: Invocation): Promise<number> {
  const { populateMssqlSchema, populateSystemSchema } = await import("@polyflow/loader");
  const { readProject } = await import("@polyflow/metadata-model");
  const projectDir = await projectFolder(invocation);
  const metadata = await readProject(projectDir);
  const project = basename(projectDir);
  const { counts } = await onAnyWarehouse(invocation, {
    postgres: (client, systemSchema) => populateSystemSchema(client, metadata, { project, systemSchema }),
    mssql: (open, systemSchema) => populateMssqlSchema(open, metadata, { project, systemSchema }),
  });
  invocation.printRows(Object.entries(counts).map(([table, count]) => ({ table, ...count })));
  return EXIT.success;
}

async function grants(invocation: Invocation): Promise<number> {
  const { grantsScript } = await import("@polyflow/loader");
  const { checkModels, checkProject } = await import("@polyflow/metadata-model");
  const projectDir = await projectFolder(invocation);
  const { metadata } = await checkProject(projectDir);
  const { models } = await checkModels(projectDir);
  const targetSchemas = [...metadata.entities.values(), ...models].map(({ schema }) => schema);
  const script = grantsScript({
    role: invocation.text("role") ?? "",
    systemSchema: invocation.text("schema") ?? namedSchema(invocation) ?? "df",
    targetSchemas,
    purpose: invocation.flag("load") ? "load" : "read",
    database: invocation.text("database") === "mssql" ? "mssql" : "postgres",
  });
  invocation.print(script.trimEnd());
  return EXIT.success;
}

function namedSchema({ surroundings }: Invocation): string | undefined {
  const named = surroundings.environment["AF_DF_SCHEMA"];
  return named === "" ? undefined : named;
}

async function loads(invocation: Invocation): Promise<number> {
  const { openCatalogue } = await import("@polyflow/loader");
  const flow = invocation.text("flow");
  const status = invocation.text("status") as LoadRecord["status"] | undefined; // checked by `choices` of the option
  const found = await onWarehouse(invocation, async (client, systemSchema) => {
    const catalogue = await openCatalogue(client, { systemSchema });
    try {
      return await catalogue.listLoads({
        limit: invocation.number("limit") ?? 50,
        ...(flow === undefined ? {} : { flow }),
        ...(status === undefined ? {} : { status }),
      });
    } finally {
      await catalogue.close();
    }
  });
  invocation.printRows(
    found.map((load) => ({
      finished: load.finishedAt,
      flow: load.flow,
      status: load.status,
      table: `${load.schema}.${load.table}`,
      slice: load.slice,
      read: load.rows.read,
      inserted: load.rows.inserted,
      updated: load.rows.updated,
      deleted: load.rows.deleted,
      rejected: load.rows.rejected,
      load_id: load.loadId,
    })),
  );
  return EXIT.success;
}
