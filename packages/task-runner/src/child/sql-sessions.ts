import { PolyflowError } from "@polyflow/contracts";
import type { Connection, SqlSession } from "@polyflow/sdk";
import type { ClosableSqlSession, Provider } from "@polyflow/sdk/runtime";
import type { ProviderModule } from "../protocol/messages.ts";

/** How long the end of an attempt waits for a session to close. */
const CLOSE_TIMEOUT_MS = 5_000;

/** A provider, and what it may be told about who opens the session. */
interface SessionProvider extends Provider {
  openSql(connection: Connection, options?: { readonly applicationName: string }): Promise<ClosableSqlSession>;
}

/** The SQL sessions of one attempt: one for each connection, opened at first use, closed together. */
export class SqlSessions {
  readonly #providers: readonly ProviderModule[];
  readonly #applicationName: string;
  readonly #open = new Map<string, Promise<ClosableSqlSession>>();

  /** @param applicationName shows in the database who is at work */
  constructor(providers: readonly ProviderModule[], applicationName: string) {
    this.#providers = providers;
    this.#applicationName = applicationName;
  }

  /** @throws PolyflowError `connection_not_found` when no installed provider knows the connection's type */
  get(connection: Connection): Promise<SqlSession> {
    let session = this.#open.get(connection.connectionId);
    if (session === undefined) {
      session = this.#openSession(connection);
      this.#open.set(connection.connectionId, session);
    }
    return session;
  }

  /** Closes all; a session that cannot be closed in time is left to the database's own timeout. */
  async close(): Promise<void> {
    const sessions = [...this.#open.values()];
    this.#open.clear();
    if (sessions.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([Promise.allSettled(sessions.map(async (session) => (await session).close())), deadline]);
    clearTimeout(timer);
  }

  async #openSession(connection: Connection): Promise<ClosableSqlSession> {
    const known = this.#providers.find((candidate) => candidate.types.includes(connection.type));
    if (known === undefined) {
      const types = this.#providers.flatMap((candidate) => candidate.types).join(", ");
      throw new PolyflowError(
        "connection_not_found",
        `Connection "${connection.connectionId}" has the type "${connection.type}"; SQL works with: ${types || "none (no provider is installed)"}. ` +
          "Correct the connection's type or install its provider.",
      );
    }
    const provider = await importProvider(known.module);
    return provider.openSql(connection, { applicationName: this.#applicationName });
  }
}

async function importProvider(module: string): Promise<SessionProvider> {
  const loaded: unknown = await import(module);
  if (typeof loaded === "object" && loaded !== null && "provider" in loaded) return loaded.provider as SessionProvider;
  throw new PolyflowError(
    "internal",
    `The provider module "${module}" exports no \`provider\`. Install a version that fits this Polyflow.`,
  );
}
