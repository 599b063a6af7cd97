import { type JsonObject, PolyflowError } from "@polyflow/contracts";
import { z } from "zod";

/** The parameters of a run as `--conf` gives them. @throws PolyflowError `params_invalid` when it is no JSON object. */
export function parseConf(text: string | undefined): JsonObject {
  if (text === undefined) return {};
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  } catch (error) {
    throw new PolyflowError("params_invalid", `--conf has to be a JSON object, for example '{"day": "2026-01-31"}'; it is ${text}`, {
      cause: error,
    });
  }
}
