import { isPolyflowError } from "@polyflow/contracts";
import type { Logger } from "@polyflow/service-kit";
import type { ClientBase, PoolClient, QueryResultRow } from "pg";
import { Pool } from "pg";
import { connectionSettings } from "./connection-settings.ts";
import { isRetryable, toDatabaseError } from "./database-error.ts";
import type { Statement } from "./statement.ts";

const MAX_TRIES = 5;
/**
 * What a burst has opened beyond these is closed when it was idle so long: each connection keeps its plans, 6 to 11 MB. The newest is used
 * first, so that scheduling keeps the few that it needs.
 */
const KEPT_CONNECTIONS = 2;
const IDLE_TIMEOUT_MS = 10_000;

export interface DatabaseOptions {
  readonly url: string;
  readonly applicationName: string;
  readonly poolSize: number;
  readonly logger: Logger;
}

export type Values = readonly unknown[];

/** An open transaction: statements run in the order in which they are issued, on one connection; issued at once, they travel at once. */
export interface Transaction {
  query<Row extends QueryResultRow>(statement: Statement, values?: Values): Promise<readonly Row[]>;
  queryOne<Row extends QueryResultRow>(statement: Statement, values?: Values): Promise<Row | undefined>;
}

/** The pool of connections to the metadata database. Whatever loses against another transaction is tried again, up to five times. */
export class Database {
  readonly #pool: Pool;

  constructor(options: DatabaseOptions) {
    this.#pool = new Pool({
      ...connectionSettings(options.url, options.applicationName),
      max: options.poolSize,
      min: Math.min(KEPT_CONNECTIONS, options.poolSize),
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
    });
    // Without a listener the loss of an idle connection would end the process.
    // While it is in use as well: between two statements of a transaction nobody else hears of it. The next statement fails and tells.
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
    this.#pool.on("error", (error) => options.logger.warn("lost an idle connection to the metadata database", { error: error.message }));
  }

  /** Runs one statement in a transaction of its own. */
  query<Row extends QueryResultRow>(statement: Statement, values: Values = []): Promise<readonly Row[]> {
    return this.#retrying(async () => (await this.#pool.query<Row>(toQuery(statement, values))).rows);
  }

  async queryOne<Row extends QueryResultRow>(statement: Statement, values: Values = []): Promise<Row | undefined> {
    return (await this.query<Row>(statement, values))[0];
  }

  /** Runs a statement that is not worth preparing, since its text varies. */
  queryText<Row extends QueryResultRow>(text: string, values: Values): Promise<readonly Row[]> {
    return this.#retrying(async () => (await this.#pool.query<Row>({ text, values: [...values] })).rows);
  }

  /**
   * Runs `work` between begin and commit; rolls back when it throws. It may run several times, so it must have no other effects.
   */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#retrying(() => this.#withClient((client) => inTransaction(client, work)));
  }

  /**
   * Like `transaction`, but in one round trip: begin, the statements and commit are sent together. `work` must issue all its statements
   * before it first waits, and each must guard itself, since none can be held back because of another's result.
   * A statement sees what those before it did and what others had committed when it began.
   */
  pipeline<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#retrying(() => this.#withClient((client) => inPipeline(client, work)));
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // After an error of the database nobody knows what state the connection is in. A refusal of our own was rolled back.
      client.release(!isPolyflowError(error));
      throw error;
    }
  }

  async #retrying<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (attempt >= MAX_TRIES || !isRetryable(error)) throw toDatabaseError(error);
      }
    }
  }
}

function toQuery(statement: Statement, values: Values): { name: string; text: string; values: unknown[] } {
  return { name: statement.name, text: statement.text, values: [...values] };
}

function transactionOn(client: ClientBase): Transaction {
  return {
    async query<Row extends QueryResultRow>(statement: Statement, values: Values = []) {
      return (await client.query<Row>(toQuery(statement, values))).rows;
    },
    async queryOne<Row extends QueryResultRow>(statement: Statement, values: Values = []) {
      return (await client.query<Row>(toQuery(statement, values))).rows[0];
    },
  };
}

async function inTransaction<Result>(client: ClientBase, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
  try {
    const begun = client.query("begin");
    const [, result] = await Promise.all([begun, work(transactionOn(client))]);
    await client.query("commit");
    return result;
  } catch (error) {
    if (isPolyflowError(error)) await client.query("rollback");
    throw error;
  }
}

async function inPipeline<Result>(client: ClientBase, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
  const begun = client.query("begin");
  const done = work(transactionOn(client));
  const committed = client.query("commit");
  // All are waited for, so that nothing is under way when the connection goes back to the pool.
  const [begin, outcome, commit] = await Promise.allSettled([begun, done, committed]);
  if (outcome.status === "rejected") throw outcome.reason;
  if (begin.status === "rejected") throw begin.reason;
  if (commit.status === "rejected") throw commit.reason;
  return outcome.value;
}
