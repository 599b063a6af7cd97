import { z } from "zod";

const project = z
  .string()
  .min(1)
  .max(250)
  .optional()
  .meta({ description: "Whose flow it is, where several projects have one of this name." });

export const driftPath = z.object({ drift_id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
export const driftAcceptBody = z
  .strictObject({
    project,
    type: z.string().min(1).max(100).optional().meta({ description: "Type of a column whose cells have changed, for example numeric." }),
  })
  .meta({ id: "DriftAcceptBody" });
export const driftDecided = z
  .object({
    drift_id: z.number(),
    flow: z.string(),
    column: z.string(),
    files: z.array(z.string()).meta({ description: "YAML files that changed." }),
    statements: z.array(z.string()).meta({ description: "Statements that were run in the warehouse." }),
  })
  .meta({ id: "DriftDecided" });

export const rejectPath = z.object({ reject_id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
export const rejectFixBody = z
  .strictObject({
    values: z
      .record(z.string().min(1).max(1000), z.string().max(1_000_000).nullable())
      .refine((values) => Object.keys(values).length > 0, "names no field"),
  })
  .meta({ id: "RejectFixBody" });
export const rejectDismissBody = z
  .strictObject({ load_id: z.uuid(), reject_id: z.int().min(1).optional() })
  .meta({ id: "RejectDismissBody" });
export const rejectReplayBody = z
  .strictObject({
    load_id: z.uuid(),
    which: z
      .enum(["fixed", "all"])
      .default("fixed")
      .meta({ description: "`all`: those that nobody has corrected, too: after the description has been." }),
    project,
  })
  .meta({ id: "RejectReplayBody" });
export const rejectCount = z.object({ count: z.number() }).meta({ id: "RejectCount" });
export const rejectsReplayed = z.object({ load_id: z.string(), loaded: z.number(), rejected: z.number() }).meta({ id: "RejectsReplayed" });
export const rejectExportQuery = z.strictObject({
  format: z.enum(["csv", "xlsx"]).default("xlsx"),
  language: z.enum(["en", "ru"]).default("en").describe("Language of the reasons."),
  flow: z.string().min(1).max(250).optional(),
  load_id: z.uuid().optional(),
  column: z.string().min(1).max(250).optional(),
  state: z.enum(["open", "fixed", "replayed", "dismissed"]).optional(),
});
