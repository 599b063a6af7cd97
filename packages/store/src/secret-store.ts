import type { JsonObject } from "@polyflow/contracts";

/** A connection in clear. `password` and `extra` are encrypted at rest. */
export interface ConnectionRecord {
  readonly connectionId: string;
  readonly type: string;
  readonly description: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly login: string | null;
  readonly password: string | null;
  readonly schema: string | null;
  readonly extra: JsonObject;
}

export interface VariableRecord {
  readonly key: string;
  readonly value: string;
  readonly description: string | null;
}

/** A place of connections and variables beside the database: the environment, a file, a vault. Read only. */
export interface SecretBackend {
  readonly name: string;
  /** Undefined: it does not know it. @throws PolyflowError `secret_backend_failed` when it cannot be asked */
  getConnection(connectionId: string): Promise<ConnectionRecord | undefined>;
  getVariable(key: string): Promise<string | undefined>;
}

/** Connections and variables; encrypted in Fernet format (first key encrypts, all decrypt). */
export interface SecretStore {
  getConnection(connectionId: string): Promise<ConnectionRecord | undefined>;
  listConnections(): Promise<readonly ConnectionRecord[]>;
  /** @throws PolyflowError `connection_exists` unless `overwrite`. */
  saveConnection(connection: ConnectionRecord, options: { readonly overwrite: boolean }): Promise<void>;
  deleteConnection(connectionId: string): Promise<boolean>;
  getVariable(key: string): Promise<VariableRecord | undefined>;
  listVariables(): Promise<readonly VariableRecord[]>;
  saveVariable(variable: VariableRecord): Promise<void>;
  deleteVariable(key: string): Promise<boolean>;
  /**
   * Encrypts everything anew with the first key, in one transaction.
   * @throws PolyflowError `secret_undecipherable` when some value can be read with none of the keys; then nothing is changed
   */
  encryptAnew(): Promise<{ readonly connections: number; readonly variables: number }>;
}
