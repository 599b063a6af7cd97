import { stat } from "node:fs/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { SecretBackend } from "@polyflow/store";
import { connectionOf } from "./connection-of.ts";
import { readSecretsFile } from "./secrets-file.ts";

export interface FileBackendOptions {
  /** Files of names and addresses (or objects), of names and values; JSON, YAML or env. Undefined: none. */
  readonly connectionsFile: string | undefined;
  readonly variablesFile: string | undefined;
}

/** Connections and variables of files of the server's machine; a changed file is read anew. */
export function fileBackend({ connectionsFile, variablesFile }: FileBackendOptions): SecretBackend {
  const connections = new WatchedFile(connectionsFile);
  const variables = new WatchedFile(variablesFile);
  return {
    name: "file",
    async getConnection(connectionId) {
      const given = (await connections.read()).get(connectionId);
      if (given === undefined) return undefined;
      try {
        return connectionOf(connectionId, given);
      } catch (error) {
        throw new PolyflowError(
          "config_invalid",
          `Connection "${connectionId}" in ${connectionsFile ?? ""} is neither an address nor an object.`,
          {
            cause: error,
          },
        );
      }
    },
    async getVariable(key) {
      const value = (await variables.read()).get(key);
      return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
    },
  };
}

class WatchedFile {
  readonly #path: string | undefined;
  #known: { readonly mark: string; readonly values: ReadonlyMap<string, unknown> } | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  async read(): Promise<ReadonlyMap<string, unknown>> {
    if (this.#path === undefined) return new Map();
    const { mtimeMs, size, ino } = await stat(this.#path).catch((error: unknown) => {
      throw new PolyflowError("secret_backend_failed", `The secrets file ${this.#path ?? ""} cannot be read: ${String(error)}`, {
        cause: error,
      });
    });
    const mark = `${mtimeMs} ${size} ${ino}`;
    if (this.#known?.mark !== mark) this.#known = { mark, values: await readSecretsFile(this.#path) };
    return this.#known.values;
  }
}
