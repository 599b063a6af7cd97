import { PolyflowError } from "@polyflow/contracts";
import { type Catalogue, openCatalogue } from "@polyflow/loader";
import { systemSchema, warehouseClient } from "@polyflow/provider-data";
import type { SecretLookup } from "@polyflow/store";

/** The connection whose warehouse holds the system tables (B7). */
const CONNECTION = "df";

/** Opens what the warehouse knows of its loads for one question after another, and closes it. */
export class Warehouse {
  readonly #secrets: SecretLookup;

  constructor(secrets: SecretLookup) {
    this.#secrets = secrets;
  }

  /** @throws PolyflowError `connection_not_found`, `database_unavailable` */
  async ask<Answer>(question: (catalogue: Catalogue) => Promise<Answer>): Promise<Answer> {
    const connection = await this.#secrets.connection(CONNECTION);
    if (connection === undefined) {
      throw new PolyflowError(
        "connection_not_found",
        `There is no connection "${CONNECTION}" to a warehouse. Add it: polyflow connections add ${CONNECTION} --uri "postgresql://…"`,
      );
    }
    const catalogue = await this.#open(() => openCatalogue(warehouseClient(connection), { systemSchema: systemSchema(connection) }));
    try {
      return await question(catalogue);
    } finally {
      await catalogue.close();
    }
  }

  async #open(open: () => Promise<Catalogue>): Promise<Catalogue> {
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
