import { ERROR_CODES, type ErrorCode } from "@polyflow/contracts";
import type { ConnectionRecord } from "@polyflow/store";
import { z } from "zod";

/** Which rejects are loaded again, by what, and where. It goes over IPC alone: it holds a password. */
export interface ReplayTask {
  readonly projectDir: string;
  readonly flow: string;
  /** The load whose rejects they are. */
  readonly rejectedBy: string;
  readonly which: "fixed" | "all";
  readonly connection: ConnectionRecord;
  readonly systemSchema: string;
}

export const replayAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("loaded"), loadId: z.string(), loaded: z.number(), rejected: z.number() }),
  z.object({
    kind: z.literal("failed"),
    code: z.custom<ErrorCode>((value) => typeof value === "string" && Object.hasOwn(ERROR_CODES, value)),
    message: z.string(),
  }),
]);
export type ReplayAnswer = z.infer<typeof replayAnswer>;
