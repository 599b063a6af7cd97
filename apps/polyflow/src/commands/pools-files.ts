import { readFile, writeFile } from "node:fs/promises";
import { answerOf } from "@polyflow/api-client";
import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { EXIT } from "../cli/exit-codes.ts";
import type { Invocation } from "../cli/invocation.ts";
import { connect } from "../rest/connect.ts";
import { allPools } from "./pools-rows.ts";

/** Airflow's file: an object of pools by name. */
const poolsFile = z.record(
  z.string().min(1),
  z.strictObject({
    slots: z.int().min(-1),
    description: z.string().nullable().default(null),
    include_deferred: z.boolean().default(false),
  }),
);

/** `pools import`: pools that exist already get what the file says of them, others stay. */
export async function importPools(invocation: Invocation, file = ""): Promise<number> {
  const entities = Object.entries(await readPools(file)).map(([name, pool]) => ({ name, ...pool }));
  const { api } = await connect(invocation);
  const body = { actions: [{ action: "create" as const, action_on_existence: "overwrite" as const, entities }] };
  const { create } = await answerOf(api.PATCH("/api/v2/pools", { body }));
  const errors = create?.errors ?? [];
  invocation.note(`${create?.success.length ?? 0} of ${entities.length} pools were saved.`);
  for (const { name, error } of errors) invocation.note(`${name}: ${error}`);
  return errors.length === 0 ? EXIT.success : EXIT.failed;
}

/** `pools export`: a file that `import`, here and in Airflow, reads. */
export async function exportPools(invocation: Invocation, file = ""): Promise<number> {
  const pools = await allPools(await connect(invocation));
  const content = Object.fromEntries(
    pools.map(({ name, slots, description, include_deferred }) => [name, { slots, description: description ?? "", include_deferred }]),
  );
  await writeFile(file, `${JSON.stringify(content, undefined, 2)}\n`, { flag: "wx" }).catch((error: unknown) => {
    throw new PolyflowError("request_invalid", `${file} cannot be written: ${String(error)}. It must not be there yet.`, { cause: error });
  });
  invocation.note(`${pools.length} pools were written to ${file}.`);
  return EXIT.success;
}

async function readPools(file: string): Promise<z.output<typeof poolsFile>> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new PolyflowError("request_invalid", `${file} cannot be read: ${String(error)}`, { cause: error });
  });
  const parsed = poolsFile.safeParse(jsonOf(file, text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.length === 0 ? "the whole" : path.join(".")}: ${message}`);
  throw new PolyflowError(
    "request_invalid",
    `${file} is no file of pools: ${problems.join("; ")}. It looks like {"my_pool": {"slots": 5, "description": "", "include_deferred": false}}.`,
  );
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PolyflowError("request_invalid", `${file} is no valid JSON: ${String(error)}`, { cause: error });
  }
}
