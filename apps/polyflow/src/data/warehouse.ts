import { PolyflowError } from "@polyflow/contracts";
import { type Catalogue, openCatalogue, type RejectSession, withClient } from "@polyflow/loader";
import { systemSchema, warehouseClient } from "@polyflow/provider-data";
import type { ConnectionRecord, SecretLookup } from "@polyflow/store";

/** The connection whose warehouse holds the system tables (B7). */
const CONNECTION = "df";

export interface WarehousePlace {
  readonly connection: ConnectionRecord;
  readonly systemSchema: string;
}

/** A connection that changes are made on. */
export type WarehouseSession = Required<RejectSession>;

/** Opens what the warehouse knows of its loads for one question after another, and closes it. */
export class Warehouse {
  readonly #secrets: SecretLookup;

  constructor(secrets: SecretLookup) {
    this.#secrets = secrets;
  }

  /** @throws PolyflowError `connection_not_found`, `database_unavailable` */
  async ask<Answer>(question: (catalogue: Catalogue) => Promise<Answer>): Promise<Answer> {
    const { connection, systemSchema: schema } = await this.place();
    const catalogue = await this.#open(() => openCatalogue(warehouseClient(connection), { systemSchema: schema }));
    try {
      return await question(catalogue);
    } finally {
      await catalogue.close();
    }
  }

  /** Where the warehouse is. @throws PolyflowError `connection_not_found` */
  async place(): Promise<WarehousePlace> {
    const connection = await this.#secrets.connection(CONNECTION);
    if (connection !== undefined) return { connection, systemSchema: systemSchema(connection) };
    throw new PolyflowError(
      "connection_not_found",
      `There is no connection "${CONNECTION}" to a warehouse. Add it: polyflow connections add ${CONNECTION} --uri "postgresql://…"`,
    );
  }

  /** Runs `work` on a connection of its own. @throws PolyflowError `connection_not_found`, `database_unavailable` */
  async change<Result>(work: (client: WarehouseSession) => Promise<Result>): Promise<Result> {
    const { connection, systemSchema: schema } = await this.place();
    return this.#open(() => withClient(warehouseClient(connection), (client) => work({ client, systemSchema: schema })));
  }

  async #open<Opened>(open: () => Promise<Opened>): Promise<Opened> {
    try {
      return await open();
    } catch (error) {
      if (error instanceof PolyflowError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new PolyflowError("database_unavailable", `The warehouse of connection "${CONNECTION}" does not answer: ${why}.`, {
        cause: error,
      });
    }
  }

  /** The same, with what stands in the way as text instead of an error. */
  async tryToAsk<Answer>(
    question: (catalogue: Catalogue) => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly problem: null } | { readonly answer: undefined; readonly problem: string }> {
    try {
      return { answer: await this.ask(question), problem: null };
    } catch (error) {
      if (!(error instanceof PolyflowError) || error.fault === "bug") throw error;
      return { answer: undefined, problem: error.message };
    }
  }
}
