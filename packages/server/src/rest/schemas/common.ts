import type { JsonValue } from "@polyflow/contracts";
import { errorBody } from "@polyflow/contracts/wire";
import { z } from "zod";

/** Instant of an answer, ISO 8601 in UTC. */
export const instant = z.string().meta({ format: "date-time" });
export const maybeInstant = instant.nullable();
export const maybeText = z.string().nullable();
/** Any JSON. Not walked through: what comes in is out of a JSON parser, what goes out was JSON in the store. */
export const jsonValue: z.ZodType<JsonValue> = z.any().refine((value) => value !== undefined, "is missing");
export const jsonObject = z.record(z.string(), jsonValue);

const errorAnswer = errorBody.extend({ details: jsonObject.optional() }).meta({ id: "ErrorResponse" });

/** The errors that routes of a kind can answer with, for the OpenAPI document. */
export const errors = {
  list: { 401: errorAnswer, 403: errorAnswer, 422: errorAnswer },
  one: { 401: errorAnswer, 403: errorAnswer, 404: errorAnswer, 422: errorAnswer },
  create: { 400: errorAnswer, 401: errorAnswer, 403: errorAnswer, 404: errorAnswer, 409: errorAnswer, 422: errorAnswer },
} as const;

export const noContent = z.void().meta({ description: "Done." });

/** Body field that Airflow knows and Polyflow does not have: it may be given with the value that means "not used". */
export function unusedUnless<Value extends z.core.util.Literal>(value: Value) {
  return z
    .literal(value)
    .optional()
    .meta({ description: `Not supported: leave it out or send ${JSON.stringify(value)}.` });
}
