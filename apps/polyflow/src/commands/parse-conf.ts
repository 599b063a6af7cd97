import { type JsonObject, PolyflowError } from "@polyflow/contracts";
import { z } from "zod";

/** The JSON object that an option gives, such as the parameters of a run. @throws PolyflowError `params_invalid` when it is none. */
export function parseConf(text: string | undefined, option = "--conf"): JsonObject {
  if (text === undefined) return {};
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  } catch (error) {
    throw new PolyflowError("params_invalid", `${option} has to be a JSON object, for example '{"day": "2026-01-31"}'; it is ${text}`, {
      cause: error,
    });
  }
}
