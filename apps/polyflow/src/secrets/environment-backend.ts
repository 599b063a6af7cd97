import { PolyflowError } from "@polyflow/contracts";
import type { SecretBackend } from "@polyflow/store";
import { connectionOf } from "./connection-of.ts";

const PRODUCTS = ["POLYFLOW", "AIRFLOW"];

/**
 * Connections and variables of the server's environment: `AIRFLOW_CONN_ID` (an address or a JSON object), `AIRFLOW_VAR_KEY`, and the same
 * with `POLYFLOW_`, which go first. Ids and keys are written in capitals, as in Airflow.
 */
export function environmentBackend(environment: { readonly [name: string]: string | undefined }): SecretBackend {
  const find = (kind: "CONN" | "VAR", name: string): { readonly name: string; readonly value: string } | undefined => {
    for (const product of PRODUCTS) {
      const variable = `${product}_${kind}_${name.toUpperCase()}`;
      const value = environment[variable];
      if (value !== undefined && value !== "") return { name: variable, value };
    }
    return undefined;
  };
  return {
    name: "environment",
    async getConnection(connectionId) {
      const found = find("CONN", connectionId);
      if (found === undefined) return undefined;
      try {
        return connectionOf(connectionId, found.value);
      } catch (error) {
        // The message of a parser could hold parts of the secret.
        throw new PolyflowError(
          "config_invalid",
          `${found.name} in the server's environment is no connection: neither an address nor a JSON object.`,
          {
            cause: error,
          },
        );
      }
    },
    getVariable: async (key) => find("VAR", key)?.value,
  };
}
