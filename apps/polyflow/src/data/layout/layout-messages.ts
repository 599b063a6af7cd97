import { ERROR_CODES, type ErrorCode } from "@polyflow/contracts";
import type { LayoutLook, LayoutQuestion } from "@polyflow/loader";
import { z } from "zod";

export interface LayoutTask {
  readonly id: number;
  readonly question: LayoutQuestion;
}

export type LayoutAnswer =
  | { readonly id: number; readonly kind: "looked"; readonly look: LayoutLook }
  | { readonly id: number; readonly kind: "refused"; readonly code: ErrorCode; readonly message: string }
  | { readonly id: number; readonly kind: "failed"; readonly message: string };

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** The frame of an answer; what was seen of a file is checked by the route that sends it on. */
export const layoutAnswer: z.ZodType<LayoutAnswer> = z.discriminatedUnion("kind", [
  z.object({
    id: z.number(),
    kind: z.literal("looked"),
    look: z.custom<LayoutLook>((value) => typeof value === "object" && value !== null),
  }),
  z.object({
    id: z.number(),
    kind: z.literal("refused"),
    code: z.custom<ErrorCode>((value) => typeof value === "string" && isErrorCode(value)),
    message: z.string(),
  }),
  z.object({ id: z.number(), kind: z.literal("failed"), message: z.string() }),
]);
