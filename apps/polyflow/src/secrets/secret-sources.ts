import { PolyflowError } from "@polyflow/contracts";
import type { SecretBackend, SecretLookupParts } from "@polyflow/store";
import type { Configuration } from "../config/options.ts";
import { connectionOf } from "./connection-of.ts";
import { secretBackends, type SecretSurroundings } from "./secret-backends.ts";

/** Connection of the warehouse that holds the system tables (B7). */
const WAREHOUSE = "df";

/** What is asked for connections and variables before the database, and the schema of the warehouse's system tables. */
export type SecretSources = Omit<SecretLookupParts, "secrets">;

/** The sources of the server, for tasks and for itself. @throws PolyflowError `config_invalid` */
export function serverSecretSources(configuration: Configuration, surroundings: SecretSurroundings): SecretSources {
  return { backends: secretBackends(configuration, surroundings), systemSchema: surroundings.environment["AF_DF_SCHEMA"] ?? "" };
}

/**
 * The sources of a command: those of the server, and first of all `AF_DF_CONNECTION`, so that a command within a task's program or a container
 * works on the warehouse that it was given.
 * @throws PolyflowError `config_invalid`
 */
export function commandSecretSources(configuration: Configuration, surroundings: SecretSurroundings): SecretSources {
  const { backends, systemSchema } = serverSecretSources(configuration, surroundings);
  return { backends: [givenWarehouse(surroundings), ...backends], systemSchema };
}

function givenWarehouse({ environment }: SecretSurroundings): SecretBackend {
  const address = environment["AF_DF_CONNECTION"] ?? "";
  return {
    name: "AF_DF_CONNECTION",
    async getConnection(connectionId) {
      if (address === "" || connectionId !== WAREHOUSE) return undefined;
      try {
        return connectionOf(connectionId, address);
      } catch (error) {
        // The message of a parser could hold parts of the secret.
        throw new PolyflowError(
          "config_invalid",
          "AF_DF_CONNECTION is no address of a connection, such as postgresql://user:password@host/db.",
          {
            cause: error,
          },
        );
      }
    },
    getVariable: async () => undefined,
  };
}
