import { randomUUID } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";
import type { EntityDiff, LoadInterval, LoadPlan } from "@polyflow/loader";
import type { ResolvedFlow } from "@polyflow/metadata-model";
import type { Connection } from "@polyflow/sdk";
import type { Command } from "commander";
import { type CommandHost, does, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { bulkTarget } from "./bulk-target.ts";
import { withConnection, withProject } from "./df-warehouse.ts";
import { projectFolder } from "./project-folder.ts";
import { runOneTask } from "./run-one-task.ts";

/** `polyflow df plan`, `diff` and `run`. */
export function addLoadCommands(host: CommandHost, df: Command): void {
  does(
    host,
    withOutput(withInterval(withProject(df.command("plan <flow>").description("show what a load would do, without doing it")))),
    plan,
  );
  does(
    host,
    withOutput(
      withProject(
        df.command("diff [flow]").description("show how tables differ from their entities, and the statements that bring them in line"),
      ),
    ),
    diff,
  );
  does(
    host,
    withOutput(withInterval(withProject(df.command("run <flow>").description("load by a flow, here and now")))).option(
      "--force",
      "load even if the source has not changed",
    ),
    run,
  );
}

function withInterval(command: Command): Command {
  return command
    .option("--from <value>", "load a slice: records from this value of the flow's slice_by column on …")
    .option("--to <value>", "… up to, but without, this one");
}

function intervalOf(invocation: Invocation): LoadInterval | undefined {
  const from = invocation.text("from");
  const to = invocation.text("to");
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to !== undefined) return { from, to };
  throw new PolyflowError("request_invalid", "A slice needs both --from and --to.");
}

async function plan(invocation: Invocation, flowName = ""): Promise<number> {
  const { readFlow } = await import("@polyflow/metadata-model");
  const { planBulkLoad, planLoad } = await import("@polyflow/loader");
  const { systemSchema, warehouseClient } = await import("@polyflow/provider-data");
  const projectDir = await projectFolder(invocation);
  const resolved = await readFlow(projectDir, flowName);
  const interval = intervalOf(invocation);
  const planned = await withConnection(invocation, resolved.flow.connection, (connection) => {
    const subject = {
      ...resolved,
      projectDir,
      loadId: randomUUID(),
      log: { info: () => undefined, warning: () => undefined },
      clock: { now: () => invocation.surroundings.clock.now(), monotonicMs: () => performance.now() },
      systemSchema: systemSchema(connection),
      ...(interval === undefined ? {} : { interval }),
    };
    const target = bulkTarget(connection);
    if (target !== undefined) return planBulkLoad({ ...subject, target });
    return planLoad({ ...subject, target: { connection: connection.connectionId, client: warehouseClient(connection) } });
  });
  if (invocation.text("output") === "table") for (const line of describePlan(planned)) invocation.print(line);
  else invocation.print(JSON.stringify({ ...planned, rehearsal: planned.rehearsal?.report ?? null }, undefined, 2));
  return planned.rehearsal?.failure === undefined ? EXIT.success : EXIT.failed;
}

function describePlan(plan: LoadPlan): readonly string[] {
  const { rehearsal, table, lastLoad } = plan;
  const lines = [`${plan.flow} → ${plan.target}: ${plan.strategy}${plan.keys.length === 0 ? "" : ` by ${plan.keys.join(", ")}`}`];
  lines.push(
    lastLoad === undefined ? "Not loaded yet." : `Last loaded ${lastLoad.finishedAt}: ${lastLoad.rows} rows (load ${lastLoad.loadId}).`,
  );
  if (plan.cursor !== undefined) lines.push(`The cursor stands at ${plan.cursor}.`);
  lines.push(...describeDiff(table));
  for (const { kind, column, before, after, action } of plan.drift) {
    lines.push(
      `Drift: ${kind.replaceAll("_", " ")} ${column}: ${before ?? "nothing"} → ${after ?? "nothing"}; the contract says: ${action.replaceAll("_", " ")}.`,
    );
  }
  if (rehearsal === undefined) return [...lines, "The records come from elsewhere: what they are is known when they are loaded."];
  const { rows, rules, rejects } = rehearsal.report;
  lines.push(
    `Records: ${rows.read} read, ${rows.loaded} to load, ${rows.rejected} to reject, ${rows.filtered} left out.`,
    `Rows: ${rows.inserted} to insert, ${rows.updated} to update, ${rows.unchanged} unchanged, ${rows.deleted} to delete; ${rows.target} afterwards.`,
  );
  for (const reject of rejects.slice(0, 10)) {
    lines.push(`Reject: record ${reject.row}, ${reject.column} ${JSON.stringify(reject.value)}: ${reject.reason}.`);
  }
  for (const rule of rules) lines.push(`Rule ${rule.name}: ${rule.status}, must be ${rule.expected}, is ${rule.actual}.`);
  if (rehearsal.failure !== undefined) lines.push(`The load would fail: ${rehearsal.failure.message}`);
  return lines;
}

function describeDiff(diff: EntityDiff): readonly string[] {
  if (!diff.exists) return [`The table ${diff.table} does not exist; it would be created:`, ...diff.statements.map((sql) => `  ${sql};`)];
  if (diff.statements.length === 0 && diff.extra.length === 0) return [`The table ${diff.table} is as ${diff.entity} describes it.`];
  return [
    `The table ${diff.table} differs from ${diff.entity}:`,
    ...diff.missing.map((column) => `  lacks ${column}`),
    ...diff.types.map(({ column, declared, actual }) => `  ${column} is ${actual}, declared ${declared}`),
    ...diff.extra.map((column) => `  has ${column}, which nobody describes`),
    ...diff.statements.map((sql) => `  ${sql};`),
  ];
}

async function diff(invocation: Invocation, flowName = ""): Promise<number> {
  const { readProject } = await import("@polyflow/metadata-model");
  const projectDir = await projectFolder(invocation);
  const { flows, entities, sources } = await readProject(projectDir);
  const chosen = [...flows.values()].filter((flow) => flowName === "" || flow.name === flowName);
  if (chosen.length === 0)
    throw new PolyflowError("request_invalid", `There is no flow "${flowName}"; there are ${[...flows.keys()].join(", ")}.`);
  const diffs: EntityDiff[] = [];
  for (const flow of chosen) {
    const entity = entities.get(flow.target);
    const source = sources.get(flow.source);
    if (entity === undefined || source === undefined) continue;
    diffs.push(await withConnection(invocation, flow.connection, (connection) => diffOf(connection, { flow, entity, source, projectDir })));
  }
  if (invocation.text("output") === "table") for (const found of diffs) for (const line of describeDiff(found)) invocation.print(line);
  else invocation.print(JSON.stringify(diffs, undefined, 2));
  return EXIT.success;
}

async function diffOf(connection: Connection, of: ResolvedFlow & { readonly projectDir: string }): Promise<EntityDiff> {
  const { diffBulkEntity, diffEntity, withClient } = await import("@polyflow/loader");
  const { warehouseClient } = await import("@polyflow/provider-data");
  const target = bulkTarget(connection);
  if (target === undefined) return withClient(warehouseClient(connection), (client) => diffEntity(client, of.entity, of.flow));
  const log = { info: () => undefined, warning: () => undefined };
  return diffBulkEntity({ ...of, target, loadId: randomUUID(), log, clock: { now: Date.now, monotonicMs: () => performance.now() } });
}

async function run(invocation: Invocation, flowName = ""): Promise<number> {
  const { readFlow } = await import("@polyflow/metadata-model");
  const { runFlow } = await import("@polyflow/provider-data");
  const projectDir = await projectFolder(invocation);
  await readFlow(projectDir, flowName);
  const interval = intervalOf(invocation);
  const options = { flow: flowName, force: invocation.flag("force"), ...(interval === undefined ? {} : { interval }) };
  const failure = await runOneTask(invocation, {
    projectDir,
    work: async (context) => invocation.printObject({ ...(await runFlow(context, options)) }),
  });
  if (failure === undefined) return EXIT.success;
  invocation.note(failure);
  return EXIT.failed;
}
