import { PolyflowError } from "@polyflow/contracts";
import type { DriftRecord } from "@polyflow/loader";
import { type Command, Option } from "commander";
import { type CommandHost, does, group, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { onWarehouse, withProject, withWarehouse } from "./df-warehouse.ts";
import { projectFolder } from "./project-folder.ts";

/** `polyflow df drift …` */
export function driftCommand(host: CommandHost): Command {
  const drift = group("drift", "see and accept differences between metadata, files and tables");
  does(
    host,
    withWarehouse(withOutput(drift.command("list").description("list differences that loads have met, the newest first")))
      .option("--flow <flow>", "of this flow")
      .addOption(new Option("--state <state>", "in this state").choices(["open", "accepted", "dismissed"]).default("open")),
    list,
  );
  does(
    host,
    withProject(withWarehouse(drift.command("accept [drift_id]").description("make a difference the rule: changes the YAML and the table")))
      .option("--flow <flow>", "all open differences of this flow")
      .option("--type <type>", "type of a column whose cells have changed, for example numeric"),
    accept,
  );
  does(host, withWarehouse(drift.command("dismiss <drift_id>").description("take a difference off the list, changing nothing")), dismiss);
  return drift;
}

async function find(invocation: Invocation, state: DriftRecord["state"] | undefined): Promise<readonly DriftRecord[]> {
  const { openCatalogue } = await import("@polyflow/loader");
  const flow = invocation.text("flow");
  return onWarehouse(invocation, async (client, systemSchema) => {
    const catalogue = await openCatalogue(client, { systemSchema });
    try {
      return await catalogue.listDrift({ ...(flow === undefined ? {} : { flow }), ...(state === undefined ? {} : { state }) });
    } finally {
      await catalogue.close();
    }
  });
}

async function list(invocation: Invocation): Promise<number> {
  const found = await find(invocation, invocation.text("state") as DriftRecord["state"]); // checked by `choices` of the option
  invocation.printRows(
    found.map((drift) => ({
      drift_id: drift.driftId,
      flow: drift.flow,
      difference: drift.kind.replaceAll("_", " "),
      column: drift.column,
      before: drift.before,
      after: drift.after,
      loads: drift.action.replaceAll("_", " "),
      times: drift.times,
      last_found: drift.lastFoundAt,
    })),
  );
  return EXIT.success;
}

async function accept(invocation: Invocation, id = ""): Promise<number> {
  const { acceptDrift, withClient } = await import("@polyflow/loader");
  const projectDir = await projectFolder(invocation);
  const type = invocation.text("type");
  const ids = id === "" ? await openOf(invocation) : [driftIdOf(id)];
  await onWarehouse(invocation, (config, systemSchema) =>
    withClient(config, async (client) => {
      for (const driftId of ids) {
        const { drift, files, statements } = await acceptDrift({
          client,
          systemSchema,
          projectDir,
          driftId,
          ...(type === undefined ? {} : { physicalType: type }),
        });
        invocation.print(`${drift.kind.replaceAll("_", " ")} ${drift.column}: accepted.`);
        for (const file of files) invocation.print(`  changed ${file}`);
        for (const statement of statements) invocation.print(`  ran ${statement};`);
      }
    }),
  );
  return EXIT.success;
}

async function openOf(invocation: Invocation): Promise<readonly number[]> {
  if (invocation.text("flow") === undefined)
    throw new PolyflowError("request_invalid", "Say which: a drift_id, or --flow for all of a flow.");
  const found = await find(invocation, "open");
  if (found.length === 0) invocation.note("Nothing is open.");
  return found.map((drift) => drift.driftId).toReversed();
}

async function dismiss(invocation: Invocation, id = ""): Promise<number> {
  const { dismissDrift, withClient } = await import("@polyflow/loader");
  const driftId = driftIdOf(id);
  const drift = await onWarehouse(invocation, (config, systemSchema) =>
    withClient(config, (client) => dismissDrift({ client, systemSchema, driftId })),
  );
  invocation.note(`${drift.kind.replaceAll("_", " ")} ${drift.column}: dismissed. The next load that meets it lists it anew.`);
  return EXIT.success;
}

function driftIdOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new PolyflowError("request_invalid", `"${text}" is not a drift_id; \`polyflow df drift list\` shows them.`);
}
