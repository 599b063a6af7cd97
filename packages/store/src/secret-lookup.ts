import type { ConnectionRecord, SecretBackend, SecretStore } from "./secret-store.ts";

/** A variable, and whether it comes from a backend: what comes from there is a secret, whatever its name. */
export interface FoundVariable {
  readonly value: string;
  readonly isSecret: boolean;
}

/** The connection to the warehouse that holds the system tables (B7), and the name in its `extra` of their schema. */
const WAREHOUSE = "df";
const SCHEMA_NAME = "system_schema";

export interface SecretLookupParts {
  readonly backends: readonly SecretBackend[];
  readonly secrets: Pick<SecretStore, "getConnection" | "getVariable">;
  /** Schema of the system tables where the connection `df` names none; empty: whatever is usual. */
  readonly systemSchema: string;
}

/** Where connections and variables come from: the backends in their order, the database last. The first that knows it answers. */
export class SecretLookup {
  readonly #backends: readonly SecretBackend[];
  readonly #secrets: SecretLookupParts["secrets"];
  readonly #systemSchema: string;

  constructor({ backends, secrets, systemSchema }: SecretLookupParts) {
    this.#backends = backends;
    this.#secrets = secrets;
    this.#systemSchema = systemSchema;
  }

  /** @throws PolyflowError `secret_backend_failed` when a backend cannot be asked: then nothing after it answers in its place */
  async connection(connectionId: string): Promise<ConnectionRecord | undefined> {
    const found = await this.#find(connectionId);
    if (found === undefined || connectionId !== WAREHOUSE || this.#systemSchema === "" || SCHEMA_NAME in found.extra) return found;
    return { ...found, extra: { ...found.extra, [SCHEMA_NAME]: this.#systemSchema } };
  }

  async #find(connectionId: string): Promise<ConnectionRecord | undefined> {
    for (const backend of this.#backends) {
      const found = await backend.getConnection(connectionId);
      if (found !== undefined) return found;
    }
    return this.#secrets.getConnection(connectionId);
  }

  /** @throws as `connection` */
  async variable(key: string): Promise<FoundVariable | undefined> {
    for (const backend of this.#backends) {
      const value = await backend.getVariable(key);
      if (value !== undefined) return { value, isSecret: true };
    }
    const found = await this.#secrets.getVariable(key);
    return found === undefined ? undefined : { value: found.value, isSecret: false };
  }
}
