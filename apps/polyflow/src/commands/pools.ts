import { answerOf } from "@polyflow/api-client";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import { type Command, InvalidArgumentError } from "commander";
import { type CommandHost, does, group, withOutput, withServer } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { nearest } from "../cli/nearest.ts";
import type { Row } from "../cli/output.ts";
import { connect } from "../rest/connect.ts";
import type { ServerConnection } from "../rest/server-connection.ts";
import { exportPools, importPools } from "./pools-files.ts";
import { allPools, type Pool } from "./pools-rows.ts";

/** `polyflow pools …` */
export function poolsCommand(host: CommandHost): Command {
  const pools = group("pools", "pools: how many tasks of a kind may run at once");
  const add = (name: string, description: string): Command => withServer(withOutput(pools.command(name).description(description)));
  does(host, add("list", "list the pools and what is in use of them"), async (invocation) => {
    invocation.printRows((await allPools(await connect(invocation))).map(rowOf));
    return undefined;
  });
  does(host, add("get <name>", "show a pool").alias("show"), getPool);
  does(
    host,
    add("set <name> <slots> [description]", "make a pool, or change one; -1 slots: without end, 0: nothing of it starts")
      .option("--include-deferred", "tasks that are deferred keep their slots")
      .option("--no-include-deferred", "tasks that are deferred give their slots back"),
    setPool,
  );
  does(host, add("delete <name>", "delete a pool; tasks that name it wait until it is there again"), deletePool);
  does(
    host,
    withServer(pools.command("import <file>").description("make or change the pools of a JSON file, as Airflow has it")),
    importPools,
  );
  does(host, withServer(pools.command("export <file>").description("write all pools to a JSON file")), exportPools);
  return pools;
}

async function getPool(invocation: Invocation, name = ""): Promise<undefined> {
  const server = await connect(invocation);
  const path = { pool_name: name };
  const pool = await withNames(server, name, () => answerOf(server.api.GET("/api/v2/pools/{pool_name}", { params: { path } })));
  invocation.printObject(rowOf(pool));
  return undefined;
}

async function setPool(invocation: Invocation, name = "", slotsText = "", description = ""): Promise<undefined> {
  const slots = slotsOf(slotsText);
  const { api } = await connect(invocation);
  const includeDeferred = invocation.flag("includeDeferred") ? true : invocation.isOff("includeDeferred") ? false : undefined;
  const given = {
    slots,
    ...(description === "" ? {} : { description }),
    ...(includeDeferred === undefined ? {} : { include_deferred: includeDeferred }),
  };
  const params = { path: { pool_name: name } };
  const pool = await answerOf(api.PATCH("/api/v2/pools/{pool_name}", { params, body: given })).catch((error: unknown) => {
    if (!isPolyflowError(error, "pool_not_found")) throw error;
    return answerOf(api.POST("/api/v2/pools", { body: { include_deferred: false, ...given, name } }));
  });
  invocation.printObject(rowOf(pool));
  return undefined;
}

async function deletePool(invocation: Invocation, name = ""): Promise<number> {
  const server = await connect(invocation);
  const path = { pool_name: name };
  await withNames(server, name, () => answerOf(server.api.DELETE("/api/v2/pools/{pool_name}", { params: { path } })));
  return EXIT.success;
}

function slotsOf(text: string): number {
  if (/^(-1|\d{1,9})$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no number of slots. Give a whole number, 0 to stop what is in the pool, -1 for no end.`);
}

/** "There is no such pool" comes with the names that are like it. */
async function withNames<Result>(server: ServerConnection, name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isPolyflowError(error, "pool_not_found")) throw error;
    const names = (await allPools(server)).map((pool) => pool.name);
    const near = nearest(name, names);
    const suggestion = near.length === 0 ? `There are: ${names.join(", ")}.` : `Did you mean ${near.join(", or ")}?`;
    throw new PolyflowError("pool_not_found", `There is no pool "${name}". ${suggestion}`, { cause: error });
  }
}

function rowOf(pool: Pool): Row {
  return {
    pool: pool.name,
    slots: pool.slots,
    open: pool.open_slots,
    running: pool.running_slots,
    queued: pool.queued_slots,
    scheduled: pool.scheduled_slots,
    deferred: pool.deferred_slots,
    include_deferred: pool.include_deferred,
    description: pool.description,
  };
}
