import { answerOf } from "@polyflow/api-client";
import { PolyflowError } from "@polyflow/contracts";
import { nearest } from "../cli/nearest.ts";
import { readRows } from "../rest/read-rows.ts";
import type { ServerConnection } from "../rest/server-connection.ts";

/** An asset by its name. @throws PolyflowError `asset_not_found`, with the names that are like it */
export async function findAsset({ api }: ServerConnection, name: string) {
  // In a pattern these stand for other characters.
  const namePattern = name.replaceAll(/[\\%_]/g, String.raw`\$&`);
  const query = { name_pattern: namePattern, only_active: false };
  const { assets } = await answerOf(api.GET("/api/v2/assets", { params: { query } }));
  const found = assets.find((asset) => asset.name === name);
  if (found !== undefined) return found;
  const all = await readRows(async (part) => {
    const page = await answerOf(api.GET("/api/v2/assets", { params: { query: part } }));
    return { rows: page.assets.map((asset) => asset.name), total: page.total_entries };
  });
  const near = nearest(name, all);
  const suggestion = near.length === 0 ? "`polyflow assets list` shows those that exist." : `Did you mean ${near.join(", or ")}?`;
  throw new PolyflowError("asset_not_found", `There is no asset "${name}". ${suggestion}`);
}
