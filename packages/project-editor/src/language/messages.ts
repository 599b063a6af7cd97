import { z } from "zod";

/** What the language child is asked about one file, as it stands in the editor. */
export interface LanguageQuestion {
  readonly id: number;
  readonly kind: "diagnose" | "complete" | "hover";
  readonly projectDir: string;
  /** Absolute. */
  readonly file: string;
  readonly content: string;
  readonly offset: number;
}

const problem = z.object({
  line: z.number().nullable(),
  column: z.number().nullable(),
  severity: z.enum(["error", "warning"]),
  message: z.string(),
});
export type CodeProblem = z.infer<typeof problem>;

const completion = z.object({ label: z.string(), kind: z.string(), sort: z.string() });
export interface CodeCompletion extends z.infer<typeof completion> {
  /** What is written, where that is not the label. */
  readonly insert?: string;
  readonly detail?: string;
}

/** The child reads files that anybody may have written, so that its answers are checked like anybody's. */
export const languageAnswer = z.discriminatedUnion("kind", [
  z.object({ id: z.number(), kind: z.literal("diagnose"), problems: z.array(problem) }),
  z.object({ id: z.number(), kind: z.literal("complete"), from: z.number(), items: z.array(completion) }),
  z.object({ id: z.number(), kind: z.literal("hover"), text: z.string(), documentation: z.string() }),
  z.object({ id: z.number(), kind: z.literal("failed"), message: z.string() }),
]);
export type LanguageAnswer = z.infer<typeof languageAnswer>;
