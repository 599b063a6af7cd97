import { type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import type { ConnectionRecord } from "@polyflow/store";
import { z } from "zod";
import { openSettings } from "../connections/open-settings.ts";
import { MASK, maskValues } from "../records/secret-masking.ts";
import type { ConnectionAnswer } from "./schemas/admin-schemas.ts";
import { jsonObject } from "./schemas/common.ts";

/**
 * A connection without its secrets. Masked by where a value is kept, not by what it is called: a name says little. Choices, switches and
 * numbers that the type declares are shown.
 */
export function connectionView(record: ConnectionRecord, types: readonly UiConnectionType[]): ConnectionAnswer {
  const extra = { ...maskedExtra(record.extra), ...openSettings(record.type, record.extra, types) };
  return {
    connection_id: record.connectionId,
    conn_type: record.type,
    description: record.description,
    host: record.host === null ? null : withoutUserInfo(record.host),
    login: record.login,
    schema: record.schema,
    port: record.port,
    password: record.password === null || record.password === "" ? null : MASK,
    extra: Object.keys(extra).length === 0 ? null : JSON.stringify(extra),
    team_name: null,
  };
}

function maskedExtra(extra: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, maskValues(value)]));
}

/** `extra` as it is sent: the text of a JSON object. */
export function parseExtra(text: string | null | undefined): JsonObject {
  if (text == null || text.trim() === "") return {};
  const parsed = z.preprocess(parseJson, jsonObject).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new PolyflowError("request_invalid", 'body.extra: is no JSON object. Write it like {"sslmode": "require"}.');
}

/** Undefined for what is no JSON; the schema then refuses it. */
function parseJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : text;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** People paste whole URLs as host; user and password in them are secrets all the same. */
function withoutUserInfo(host: string): string {
  return host.replace(/\/\/[^/@]*@/, `//${MASK}@`);
}
