import { type BulkSession, PolyflowError } from "@polyflow/contracts";
import type { Extract, ExtractRequest } from "../extract.ts";
import type { FileStore } from "../file-store.ts";
import type { Connection, SqlSession } from "../task-context.ts";
import type { Provider } from "./provider.ts";

/** Finds the provider for a type of connection, undefined when none is installed; `types` are those that there are. */
export interface ProviderSource {
  readonly types: readonly string[];
  find(type: string): Promise<Provider | undefined>;
}

interface Closable {
  close(): Promise<void>;
}

/** How long the end of an attempt waits for sessions to close. */
const CLOSE_TIMEOUT_MS = 5_000;

/** What one attempt has opened on its connections: one session each, opened at first use, all closed together. */
export class ConnectionSessions {
  readonly #providers: ProviderSource;
  readonly #applicationName: string;
  readonly #open = new Map<string, Promise<Closable>>();

  /** @param applicationName shows in the systems who is at work */
  constructor(providers: ProviderSource, applicationName: string) {
    this.#providers = providers;
    this.#applicationName = applicationName;
  }

  /** @throws PolyflowError `connection_not_found` when no installed provider opens SQL sessions on the connection's type */
  sql(connection: Connection): Promise<SqlSession> {
    return this.#once(`sql ${connection.connectionId}`, async () => {
      const { openSql, sqlConnectionTypes } = await this.#provider(connection);
      if (openSql === undefined || !sqlConnectionTypes.includes(connection.type)) throw lacks(connection, "runs no SQL");
      return openSql(connection, { applicationName: this.#applicationName });
    });
  }

  /** @throws PolyflowError `connection_not_found` when the connection's type has no files */
  files(connection: Connection): Promise<FileStore> {
    return this.#once(`files ${connection.connectionId}`, async () => {
      const { openFiles } = await this.#provider(connection);
      if (openFiles === undefined) throw lacks(connection, "has no files");
      return openFiles(connection, { applicationName: this.#applicationName });
    });
  }

  /** @throws PolyflowError `connection_not_found` when nothing can be extracted from the connection's type */
  async extract(connection: Connection, request: ExtractRequest): Promise<Extract> {
    const { extract } = await this.#provider(connection);
    if (extract === undefined) throw lacks(connection, "gives no records");
    return extract(connection, request);
  }

  /**
   * Opens a further session for a load; the caller closes it.
   * @throws PolyflowError `connection_not_found` when nothing can be loaded through the connection's type
   */
  async bulk(connection: Connection): Promise<BulkSession> {
    const { openBulk } = await this.#provider(connection);
    if (openBulk === undefined) throw lacks(connection, "takes no loads");
    return openBulk(connection, { applicationName: this.#applicationName });
  }

  /** Closes all; what cannot be closed in time is left to the system's own timeout. */
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

  #once<Session extends Closable>(key: string, open: () => Promise<Session>): Promise<Session> {
    // the key says what kind of session it is
    const known = this.#open.get(key) as Promise<Session> | undefined;
    if (known !== undefined) return known;
    const session = open();
    this.#open.set(key, session);
    session.catch(() => this.#open.delete(key));
    return session;
  }

  async #provider(connection: Connection): Promise<Provider> {
    const provider = await this.#providers.find(connection.type);
    if (provider !== undefined) return provider;
    throw new PolyflowError(
      "connection_not_found",
      `Connection "${connection.connectionId}" has the type "${connection.type}", which no installed provider knows; known are: ` +
        `${this.#providers.types.join(", ") || "none"}. Correct the connection's type or install its provider.`,
    );
  }
}

function lacks(connection: Connection, what: string): PolyflowError {
  return new PolyflowError(
    "connection_not_found",
    `Connection "${connection.connectionId}" is of type "${connection.type}", which ${what}. \`polyflow providers list\` shows what each type is for; name another connection.`,
  );
}
