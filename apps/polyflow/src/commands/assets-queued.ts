import { answerOf } from "@polyflow/api-client";
import type { Command } from "commander";
import { type CommandHost, does, withOutput, withServer } from "../cli/command-options.ts";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { withSuggestion } from "../rest/with-suggestion.ts";
import { findAsset } from "./find-asset.ts";

/** What a DAG that is scheduled by assets has got so far: to see it, to throw it away. */
export function addQueuedUpdates(host: CommandHost, assets: Command): void {
  does(
    host,
    withServer(
      withOutput(assets.command("queued <dag_id>").description("list the updates that wait until a DAG has all it is scheduled by")),
    ),
    listQueued,
  );
  does(
    host,
    withServer(
      assets.command("clear-queued <dag_id> [name]").description("throw away the updates that wait for a DAG, all or those of an asset"),
    ),
    clearQueued,
  );
}

async function listQueued(invocation: Invocation, dagId = ""): Promise<undefined> {
  const server = await connect(invocation);
  const params = { path: { dag_id: dagId } };
  const { queued_events: queued } = await withSuggestion(server, dagId, () =>
    answerOf(server.api.GET("/api/v2/dags/{dag_id}/assets/queuedEvents", { params })),
  );
  invocation.printRows(queued.map(({ asset_name, events, created_at }) => ({ asset: asset_name, updates: events, since: created_at })));
  return undefined;
}

async function clearQueued(invocation: Invocation, dagId = "", name = ""): Promise<number> {
  const server = await connect(invocation);
  const base = "/api/v2/dags/{dag_id}/assets";
  const path = { dag_id: dagId };
  if (name === "") {
    await withSuggestion(server, dagId, () => answerOf(server.api.DELETE(`${base}/queuedEvents`, { params: { path } })));
  } else {
    const { id } = await findAsset(server, name);
    const params = { path: { ...path, asset_id: id } };
    await withSuggestion(server, dagId, () => answerOf(server.api.DELETE(`${base}/{asset_id}/queuedEvents`, { params })));
  }
  return EXIT.success;
}
