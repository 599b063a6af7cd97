import type { JsonObject } from "@polyflow/contracts";
import type { z } from "zod";

type WireObject = { [name: string]: z.core.util.JSONType };

/** JSON of ours as the schemas of answers type it: the same values, without `readonly`. Nobody changes an answer before it is written. */
export function wireJson(value: JsonObject): WireObject {
  return value as WireObject;
}
