import { PolyflowError } from "@polyflow/contracts";
import type { SqlRow, SqlSession } from "@polyflow/sdk";
import type { ClosableSqlSession } from "@polyflow/sdk/runtime";
import type { Client, QueryResult } from "pg";
import { explainSqlError } from "./sql-error.ts";
import { StatementQueue } from "./statement-queue.ts";

interface Scope {
  readonly begin: string;
  readonly end: string;
  readonly undo: string;
  /** Transactions around what runs in it. */
  readonly depth: number;
}

const TRANSACTION: Scope = { begin: "begin", end: "commit", undo: "rollback", depth: 1 };

/** One connection with a PostgreSQL database, used by one attempt. */
export class PostgresSession implements ClosableSqlSession {
  readonly #client: Client;
  readonly #queue = new StatementQueue();

  constructor(client: Client) {
    this.#client = client;
  }

  query(statement: string, parameters: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    this.#refuseInside("query");
    return this.#queue.run(() => runStatement(this.#client, statement, parameters));
  }

  transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    this.#refuseInside("transaction");
    return this.#queue.run(() => inTransaction(this.#client, TRANSACTION, work));
  }

  /** Ends the connection; a statement that still runs is broken off. */
  async close(): Promise<void> {
    await this.#client.end();
  }

  #refuseInside(call: string): void {
    if (!this.#queue.isInside) return;
    throw new PolyflowError(
      "request_invalid",
      `session.${call} was called within session.transaction of the same session and would wait for its own end. ` +
        "Use the session that the transaction's function is given.",
    );
  }
}

/** What the function of a transaction works with. Its own transactions are savepoints. */
class TransactionSession implements SqlSession {
  readonly #client: Client;
  readonly #depth: number;
  readonly #queue = new StatementQueue();

  constructor(client: Client, depth: number) {
    this.#client = client;
    this.#depth = depth;
  }

  query(statement: string, parameters: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    return this.#queue.run(() => runStatement(this.#client, statement, parameters));
  }

  transaction<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const name = `polyflow_${this.#depth}`;
    const scope: Scope = { begin: `savepoint ${name}`, end: `release ${name}`, undo: `rollback to ${name}`, depth: this.#depth + 1 };
    return this.#queue.run(() => inTransaction(this.#client, scope, work));
  }
}

async function inTransaction<Result>(client: Client, scope: Scope, work: (session: SqlSession) => Promise<Result>): Promise<Result> {
  await runStatement(client, scope.begin, []);
  try {
    const result = await work(new TransactionSession(client, scope.depth));
    await finish(client, scope);
    return result;
  } catch (error) {
    // where the connection is gone, the server has rolled back by itself
    await client.query(scope.undo).catch(() => undefined);
    throw error;
  }
}

/** PostgreSQL answers the commit of a failed transaction with a rollback, and no error: whoever caught one must not believe in a commit. */
async function finish(client: Client, scope: Scope): Promise<void> {
  const { command } = await client.query(scope.end);
  if (command !== "ROLLBACK") return;
  throw new PolyflowError(
    "load_failed",
    "The transaction was rolled back, since one of its statements had failed and the error was caught. Let the error through, or run that statement in a transaction of its own within.",
  );
}

async function runStatement(client: Client, statement: string, parameters: readonly unknown[]): Promise<readonly SqlRow[]> {
  try {
    const results: QueryResult<SqlRow> | readonly QueryResult<SqlRow>[] = await client.query(
      statement,
      parameters.length === 0 ? undefined : [...parameters],
    );
    // several statements in one text give several answers; the last one counts
    const last = Array.isArray(results) ? results.at(-1) : results;
    return last?.rows ?? [];
  } catch (error) {
    throw explainSqlError(error, statement);
  }
}
