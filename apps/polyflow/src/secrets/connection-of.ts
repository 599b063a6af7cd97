import { parseConnectionJson, parseConnectionUri } from "@polyflow/contracts";
import type { ConnectionRecord } from "@polyflow/store";

/** A connection from Airflow's address or JSON form, as text or as an object that was read already. */
export function connectionOf(connectionId: string, given: unknown): ConnectionRecord {
  const text = typeof given === "string" ? given.trim() : JSON.stringify(given);
  return { connectionId, ...(text.startsWith("{") ? parseConnectionJson(text) : parseConnectionUri(text)) };
}
