import { z } from "zod";
import type { EvaluationReply, FileReply } from "./child/evaluation-message.ts";
import { dagSpecSchema } from "./dag-spec-schema.ts";

const position = z.number().int().min(1).nullable();

const instant = z.iso.datetime();
const horizon = z.strictObject({
  runs: z
    .array(z.strictObject({ logicalDate: instant, dataIntervalStart: instant, dataIntervalEnd: instant, runAfter: instant }))
    .max(20_000),
  until: instant.nullable(),
});

const reads = z.array(z.string()).max(10_000);

const answer: z.ZodType<FileReply> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("dags"),
    dags: z.array(z.strictObject({ spec: dagSpecSchema, horizon: horizon.exactOptional(), line: position, column: position })),
    reads,
  }),
  z.strictObject({
    kind: z.literal("problem"),
    problem: z.strictObject({
      code: z.enum(["dag_invalid", "dag_file_threw"]),
      message: z.string().max(10_000),
      file: z.string().nullable(),
      line: position,
      column: position,
      stack: z.string().max(50_000).nullable(),
    }),
    reads,
  }),
]);

const reply: z.ZodType<EvaluationReply> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ready") }),
  z.strictObject({ kind: z.literal("uncompiled"), url: z.string() }),
  z.strictObject({ kind: z.literal("answer"), answer }),
  z.strictObject({
    kind: z.literal("chunk_end"),
    areAnswersGood: z.boolean(),
    isNextSuspect: z.boolean(),
    canGoOn: z.boolean(),
  }),
]);

/** The reply of a child; undefined with the reason when it is not one. */
export function parseReply(message: unknown): { readonly reply: EvaluationReply } | { readonly reply: undefined; readonly reason: string } {
  const parsed = reply.safeParse(message);
  if (parsed.success) return { reply: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    reply: undefined,
    reason: issue === undefined ? "unknown" : `${issue.path.filter((part) => part !== "answer").join(".")}: ${issue.message}`,
  };
}
