import { existsSync } from "node:fs";
import { PolyflowError } from "@polyflow/contracts";
import { type ConnectionRecord, SecretLookup } from "@polyflow/store";
import type { Invocation } from "../cli/invocation.ts";
import { nearest } from "../cli/nearest.ts";
import { LazyStore } from "../database/lazy-store.ts";
import { commandSecretSources } from "./secret-sources.ts";

/**
 * Connections and variables as a command sees them: of the places that the server asks, in its order. The metadata database is opened only
 * for what is found nowhere before it, and stays there until `close`: a warehouse in the embedded PostgreSQL answers until then.
 */
export class CommandSecrets {
  readonly #lookup: SecretLookup;
  readonly #store: LazyStore;

  constructor(invocation: Invocation) {
    const { environment } = invocation.surroundings;
    const { values: configuration } = invocation.configuration();
    const home = invocation.home();
    const store = new LazyStore(invocation);
    // A home that was never started holds nothing: an author's test goes on without; who needs a connection is told so.
    const hasDatabase = configuration.database.sql_alchemy_conn !== "" || existsSync(home.postgresDir);
    this.#store = store;
    this.#lookup = new SecretLookup({
      ...commandSecretSources(configuration, { environment, homeDir: home.dir }),
      secrets: {
        getConnection: async (id) => (hasDatabase ? (await store.get()).secrets.getConnection(id) : undefined),
        getVariable: async (key) => (hasDatabase ? (await store.get()).secrets.getVariable(key) : undefined),
      },
    });
  }

  find(connectionId: string): Promise<ConnectionRecord | undefined> {
    return this.#lookup.connection(connectionId);
  }

  /** @throws PolyflowError `connection_not_found`, with ids that are written much the same */
  async connection(connectionId: string): Promise<ConnectionRecord> {
    const found = await this.find(connectionId);
    if (found !== undefined) return found;
    throw unknownConnection(connectionId, await (await this.#store.get()).secrets.listConnections());
  }

  async variable(key: string): Promise<string | undefined> {
    return (await this.#lookup.variable(key))?.value;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

/** Runs `work` with the command's connections and variables. */
export async function withSecrets<Result>(invocation: Invocation, work: (secrets: CommandSecrets) => Promise<Result>): Promise<Result> {
  const secrets = new CommandSecrets(invocation);
  try {
    return await work(secrets);
  } finally {
    await secrets.close();
  }
}

export function unknownConnection(connectionId: string, known: readonly ConnectionRecord[]): PolyflowError {
  const near = nearest(
    connectionId,
    known.map((connection) => connection.connectionId),
  );
  const advice =
    near.length === 0
      ? `\`polyflow connections list\` shows those that exist; \`polyflow connections add ${connectionId} --uri …\` makes it.`
      : `Did you mean ${near.join(", or ")}?`;
  return new PolyflowError("connection_not_found", `There is no connection "${connectionId}". ${advice}`);
}
