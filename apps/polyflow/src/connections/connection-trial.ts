import { type ErrorCode, isPolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { z } from "zod";
import { providerOf } from "../providers/installed-providers.ts";

/** What the process that tries a connection is told; over the channel to it, so that no secret is in arguments or the environment. */
const connectionTrial = z.object({
  connectionId: z.string(),
  type: z.string(),
  description: z.string().nullable(),
  host: z.string().nullable(),
  port: z.number().nullable(),
  login: z.string().nullable(),
  password: z.string().nullable(),
  schema: z.string().nullable(),
  extra: z.record(z.string(), z.json()),
});
export type TrialAnswer =
  | { readonly kind: "works"; readonly found: string }
  | { readonly kind: "fails"; readonly code: ErrorCode; readonly message: string };

/** The whole life of that process: one connection, one answer. Who asked ends it when it takes too long. */
async function answerOnce(): Promise<void> {
  const message = await new Promise<unknown>((resolve) => process.once("message", resolve));
  const answer = await tried(connectionTrial.parse(message));
  await new Promise<void>((resolve) => process.send?.(answer, () => resolve()));
  process.disconnect();
}

async function tried(connection: Connection): Promise<TrialAnswer> {
  try {
    const provider = await providerOf(connection);
    return { kind: "works", found: await provider.test(connection, new AbortController().signal) };
  } catch (error) {
    if (isPolyflowError(error)) return { kind: "fails", code: error.code, message: error.message };
    return { kind: "fails", code: "external_system_failed", message: error instanceof Error ? error.message : String(error) };
  }
}

process.once("disconnect", () => process.exit(0));
await answerOnce();
