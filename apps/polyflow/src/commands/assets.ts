import { answerOf } from "@polyflow/api-client";
import type { Command } from "commander";
import { z } from "zod";
import { type CommandHost, does, group, wholeNumber, withOutput, withServer } from "../cli/command-options.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { readRows } from "../rest/read-rows.ts";
import { addQueuedUpdates } from "./assets-queued.ts";
import { findAsset } from "./find-asset.ts";
import { parseConf } from "./parse-conf.ts";

/** `polyflow assets …` */
export function assetsCommand(host: CommandHost): Command {
  const assets = group("assets", "look at assets and their updates");
  const add = (name: string, description: string): Command => withServer(withOutput(assets.command(name).description(description)));
  does(host, add("list", "list the assets, who makes them and whom they trigger"), listAssets);
  does(host, add("events [name]", "list updates, newest first").option("--limit <count>", "at most so many", wholeNumber, 25), listEvents);
  does(
    host,
    add("event <name>", "say that an asset was updated from outside").option("-e, --extra <json>", "more about the update, a JSON object"),
    createEvent,
  );
  does(host, add("materialize <name>", "run the DAG that makes an asset"), materialize);
  does(host, add("details <name>", "show all that is known of an asset"), details);
  does(host, add("aliases", "list the aliases, through which tasks update assets whose names are known only at work"), listAliases);
  addQueuedUpdates(host, assets);
  return assets;
}

async function listAssets(invocation: Invocation): Promise<undefined> {
  const { api } = await connect(invocation);
  const assets = await readRows(async (query) => {
    const page = await answerOf(api.GET("/api/v2/assets", { params: { query } }));
    return { rows: page.assets, total: page.total_entries };
  });
  invocation.printRows(
    assets.map((asset) => ({
      name: asset.name,
      uri: asset.uri,
      group: asset.group,
      made_by: asset.producing_tasks.map((task) => `${task.dag_id}.${task.task_id}`),
      used_by: asset.consuming_tasks.map((task) => `${task.dag_id}.${task.task_id}`),
      triggers: asset.scheduled_dags.map((dag) => dag.dag_id),
      last_update: asset.last_asset_event?.timestamp ?? null,
    })),
  );
  return undefined;
}

async function listEvents(invocation: Invocation, name = ""): Promise<undefined> {
  const server = await connect(invocation);
  const filter = name === "" ? {} : { asset_id: (await findAsset(server, name)).id };
  const events = await readRows(async (part) => {
    const query = { ...filter, ...part, order_by: "-timestamp" } as const;
    const page = await answerOf(server.api.GET("/api/v2/assets/events", { params: { query } }));
    return { rows: page.asset_events, total: page.total_entries };
  }, invocation.number("limit"));
  invocation.printRows(
    events.map((event) => ({
      timestamp: event.timestamp,
      asset: event.name,
      source: event.source_dag_id === null ? "outside" : `${event.source_dag_id}.${event.source_task_id} ${event.source_run_id}`,
      triggered: event.created_dagruns.map((run) => `${run.dag_id} ${run.run_id}`),
      extra: JSON.stringify(event.extra),
    })),
  );
  return undefined;
}

async function createEvent(invocation: Invocation, name = ""): Promise<undefined> {
  const server = await connect(invocation);
  const { id } = await findAsset(server, name);
  const body = { asset_id: id, extra: parseConf(invocation.text("extra"), "--extra") };
  const event = await answerOf(server.api.POST("/api/v2/assets/events", { body }));
  invocation.printObject({ id: event.id, asset: name, timestamp: event.timestamp });
  return undefined;
}

async function materialize(invocation: Invocation, name = ""): Promise<undefined> {
  const server = await connect(invocation);
  const path = { asset_id: (await findAsset(server, name)).id };
  const run = await answerOf(server.api.POST("/api/v2/assets/{asset_id}/materialize", { params: { path }, body: {} }));
  invocation.printObject({ dag_id: run.dag_id, dag_run_id: run.dag_run_id, state: run.state });
  return undefined;
}

/** All fields of an asset, shown as they come. */
const assetFields = z.record(z.string(), z.json());

async function details(invocation: Invocation, name = ""): Promise<undefined> {
  invocation.printObject(assetFields.parse(await findAsset(await connect(invocation), name)));
  return undefined;
}

async function listAliases(invocation: Invocation): Promise<undefined> {
  const { api } = await connect(invocation);
  const aliases = await readRows(async (query) => {
    const page = await answerOf(api.GET("/api/v2/assets/aliases", { params: { query } }));
    return { rows: page.asset_aliases, total: page.total_entries };
  });
  invocation.printRows(aliases.map((alias) => ({ name: alias.name, group: alias.group })));
  return undefined;
}
