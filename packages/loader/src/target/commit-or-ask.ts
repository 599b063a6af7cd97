import { PolyflowError } from "@polyflow/contracts";
import type { EntityDefinition } from "@polyflow/metadata-model";
import { Client, DatabaseError } from "pg";
import type { ClientConfig } from "pg";
import { identifier } from "../sql-text.ts";
import { tableName } from "./target-table.ts";

/** Key of the lock that lets one load at a time into a target. */
export function targetLock(entity: EntityDefinition): string {
  return `polyflow:target:${tableName(entity)}`;
}

/** Waits for the lock of a target; it is let go with the transaction. */
export async function lockTarget(client: Client, lock: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 2))", [lock]);
}

export interface CommitQuestion {
  readonly client: string | ClientConfig;
  readonly systemSchema: string;
  readonly loadId: string;
  readonly flow: string;
  readonly lock: string;
}

/**
 * Commits. When the connection breaks at that moment, nobody has said whether the server still did it; so the server is asked over a
 * new connection, after the transaction in question has let go of its lock. The ledger's row tells: it commits with the data.
 * @throws the error of the broken connection when nothing was committed; `load_failed` when the server cannot be asked either
 */
export async function commitOrAsk(main: Client, question: CommitQuestion): Promise<void> {
  try {
    await main.query("commit");
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    const committed = await wasCommitted(question).catch(() => undefined);
    if (committed === true) return;
    if (committed === false) throw error;
    throw new PolyflowError(
      "load_failed",
      `The connection broke while the load of flow "${question.flow}" was being committed, and the server cannot be asked whether it was (load ${question.loadId}). ` +
        "Start it again: if it was, the repetition does nothing.",
      { cause: error },
    );
  }
}

async function wasCommitted({ client, systemSchema, loadId, lock }: CommitQuestion): Promise<boolean> {
  const config: ClientConfig = typeof client === "string" ? { connectionString: client } : client;
  const asking = new Client({ ...config, application_name: "polyflow loader (asking)" });
  asking.on("error", () => undefined);
  await asking.connect();
  try {
    await asking.query("begin");
    await lockTarget(asking, lock);
    const answer = await asking.query(`select from ${identifier(systemSchema)}.load_ledger where load_id = $1`, [loadId]);
    await asking.query("commit");
    return answer.rows.length > 0;
  } finally {
    await asking.end();
  }
}

/** An answer of the server is an answer, unless it says that it is going away. */
function isConnectionLost(error: unknown): boolean {
  return !(error instanceof DatabaseError) || error.code?.startsWith("57P") === true || error.code?.startsWith("08") === true;
}
