import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { RejectRecord } from "@polyflow/loader";
import { type Command, Option } from "commander";
import { collect, type CommandHost, does, group, wholeNumber, withOutput } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { loadLog, onWarehouse, withProject, withWarehouse } from "./df-warehouse.ts";
import { projectFolder } from "./project-folder.ts";

/** Excel itself ends at 1,048,576 rows; what a person corrects by hand is far fewer. */
const MOST_EXPORTED = 200_000;

/** `polyflow df rejects …` */
export function rejectsCommand(host: CommandHost): Command {
  const rejects = group("rejects", "see, correct and load the records that loads have refused");
  does(
    host,
    withFilter(withOutput(rejects.command("list").description("list rejects, the oldest first"))).option(
      "--limit <n>",
      "at most so many",
      wholeNumber,
      100,
    ),
    list,
  );
  does(
    host,
    withFilter(
      rejects.command("export <file>").description("write rejects with their records to a .csv or .xlsx file, to be corrected there"),
    ).addOption(new Option("--language <code>", "language of the reasons").choices(["en", "ru"]).default("en")),
    exportRejects,
  );
  does(
    host,
    withWarehouse(rejects.command("fix").description("correct a record, or all that were changed in an export"))
      .option("--id <reject_id>", "the reject whose record is corrected", wholeNumber)
      .option("--set <field=text>", "the field's new text; may be given several times", collect)
      .option("--file <file>", "an export in which records were corrected"),
    fix,
  );
  does(
    host,
    withProject(
      withWarehouse(withOutput(rejects.command("replay <load_id>").description("load the corrected records of a load, by its flow"))),
    ).option("--all", "load those that nobody has corrected, too: after the description has been"),
    replay,
  );
  does(
    host,
    withWarehouse(rejects.command("dismiss <load_id>").description("take rejects off the list without loading them")).option(
      "--id <reject_id>",
      "only this one",
      wholeNumber,
    ),
    dismiss,
  );
  return rejects;
}

function withFilter(command: Command): Command {
  return withWarehouse(command)
    .option("--load <load_id>", "of this load")
    .option("--flow <flow>", "of this flow")
    .addOption(new Option("--state <state>", "in this state").choices(["open", "fixed", "replayed", "dismissed"]));
}

async function find(invocation: Invocation, limit: number): Promise<readonly RejectRecord[]> {
  const { openCatalogue } = await import("@polyflow/loader");
  const loadId = invocation.text("load");
  const flow = invocation.text("flow");
  const state = invocation.text("state") as RejectRecord["state"] | undefined; // checked by `choices` of the option
  return onWarehouse(invocation, async (client, systemSchema) => {
    const catalogue = await openCatalogue(client, { systemSchema });
    try {
      return await catalogue.listRejects({
        limit,
        ...(loadId === undefined ? {} : { loadId }),
        ...(flow === undefined ? {} : { flow }),
        ...(state === undefined ? {} : { state }),
      });
    } finally {
      await catalogue.close();
    }
  });
}

async function list(invocation: Invocation): Promise<number> {
  const rejects = await find(invocation, invocation.number("limit") ?? 100);
  invocation.printRows(
    rejects.map(({ rejectId, loadId, flow, file, row, column, value, reason, state }) => ({
      reject_id: rejectId,
      load_id: loadId,
      flow,
      file,
      row,
      column,
      value,
      reason,
      state,
    })),
  );
  return EXIT.success;
}

async function exportRejects(invocation: Invocation, file = ""): Promise<number> {
  const { rejectsAsCsv, rejectsAsXlsx } = await import("@polyflow/loader");
  const isXlsx = file.toLowerCase().endsWith(".xlsx");
  if (!isXlsx && !file.toLowerCase().endsWith(".csv"))
    throw new PolyflowError("request_invalid", `"${file}" ends neither in .csv nor in .xlsx.`);
  const rejects = await find(invocation, MOST_EXPORTED + 1);
  if (rejects.length > MOST_EXPORTED) {
    throw new PolyflowError("request_invalid", `There are more than ${MOST_EXPORTED} rejects; choose with --load, --flow or --state.`);
  }
  const path = resolve(invocation.surroundings.cwd, file);
  // Excel takes CSV for UTF-8 only with this mark
  await writeFile(
    path,
    isXlsx ? await rejectsAsXlsx(rejects, invocation.text("language")) : `\u{FEFF}${rejectsAsCsv(rejects, invocation.text("language"))}`,
  );
  invocation.note(`Wrote ${rejects.length} rejects to ${path}. Correct the records in it, then: polyflow df rejects fix --file ${file}`);
  return EXIT.success;
}

async function fix(invocation: Invocation): Promise<number> {
  const { fixReject, fixRejectsFromExport, withClient } = await import("@polyflow/loader");
  const file = invocation.text("file");
  const rejectId = invocation.number("id");
  const values = Object.fromEntries(invocation.texts("set").map(fieldAndText));
  if ((file === undefined) === (rejectId === undefined))
    throw new PolyflowError("request_invalid", "Say which: --id with --set, or --file.");
  const bytes = file === undefined ? undefined : await readFile(resolve(invocation.surroundings.cwd, file));
  const count = await onWarehouse(invocation, (config, systemSchema) =>
    withClient(config, async (client) => {
      if (bytes !== undefined) return fixRejectsFromExport({ client, systemSchema }, bytes);
      await fixReject({ client, systemSchema }, rejectId ?? 0, values);
      return 1;
    }),
  );
  invocation.note(`${count} records corrected. \`polyflow df rejects replay <load_id>\` loads them.`);
  return EXIT.success;
}

function fieldAndText(pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new PolyflowError("request_invalid", `"${pair}" is not like field=text.`);
}

async function replay(invocation: Invocation, rejectedBy = ""): Promise<number> {
  const { openCatalogue, replayRejects } = await import("@polyflow/loader");
  const { readFlow } = await import("@polyflow/metadata-model");
  const projectDir = await projectFolder(invocation);
  const { report, failure } = await onWarehouse(invocation, async (client, systemSchema) => {
    const catalogue = await openCatalogue(client, { systemSchema });
    const load = await catalogue.getLoadReport(rejectedBy).finally(() => catalogue.close());
    if (load === undefined)
      throw new PolyflowError("not_found", `There is no load ${rejectedBy}. \`polyflow df loads\` shows those that there are.`);
    return replayRejects({
      ...(await readFlow(projectDir, load.flow)),
      projectDir,
      target: { connection: invocation.text("connection") ?? "df", client },
      loadId: randomUUID(),
      rejectedBy,
      which: invocation.flag("all") ? "all" : "fixed",
      log: loadLog(invocation),
      clock: { now: () => invocation.surroundings.clock.now(), monotonicMs: () => performance.now() },
      systemSchema,
    });
  });
  if (failure !== undefined) throw failure;
  invocation.printObject({ load_id: report.loadId, status: report.status, ...report.rows });
  return report.rows.rejected === 0 ? EXIT.success : EXIT.failed;
}

async function dismiss(invocation: Invocation, loadId = ""): Promise<number> {
  const { dismissRejects, withClient } = await import("@polyflow/loader");
  const rejectId = invocation.number("id");
  const count = await onWarehouse(invocation, (config, systemSchema) =>
    withClient(config, (client) => dismissRejects({ client, systemSchema }, { loadId, ...(rejectId === undefined ? {} : { rejectId }) })),
  );
  invocation.note(`${count} rejects dismissed.`);
  return EXIT.success;
}
