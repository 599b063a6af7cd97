import { PolyflowError } from "@polyflow/contracts";
import type { SecretBackend } from "@polyflow/store";
import { z } from "zod";
import { connectionOf } from "./connection-of.ts";

const TIMEOUT_MS = 10_000;

/** `backend_kwargs` of Airflow's VaultBackend, as far as they are meant here. */
export const vaultOptions = z.strictObject({
  url: z.url(),
  mount_point: z.string().min(1).default("secret"),
  kv_engine_version: z.union([z.literal(1), z.literal(2)]).default(2),
  connections_path: z.string().min(1).nullable().default("connections"),
  variables_path: z.string().min(1).nullable().default("variables"),
  config_path: z.string().nullish(),
  namespace: z.string().min(1).optional(),
  auth_type: z.enum(["token", "approle"]).default("token"),
  token: z.string().min(1).optional(),
  role_id: z.string().min(1).optional(),
  secret_id: z.string().min(1).optional(),
});
export type VaultOptions = z.infer<typeof vaultOptions>;

const loginAnswer = z.object({ auth: z.object({ client_token: z.string() }) });
const secretData = z.record(z.string(), z.json());
const answerOfVersion = {
  1: z.object({ data: secretData }).transform(({ data }) => data),
  2: z.object({ data: z.object({ data: secretData.nullable() }) }).transform(({ data }) => data.data ?? {}),
};

/**
 * Secrets of HashiCorp Vault, key-value engine version 1 or 2, in the layout that Airflow's users have: a connection at
 * `<mount>/<connections_path>/<id>` as `conn_uri` or by its fields, a variable at `<mount>/<variables_path>/<key>` as `value`.
 */
export function vaultBackend(options: VaultOptions): SecretBackend {
  const vault = new VaultClient(options);
  return {
    name: "vault",
    async getConnection(connectionId) {
      if (options.connections_path === null) return undefined;
      const data = await vault.read(options.connections_path, connectionId);
      if (data === undefined) return undefined;
      try {
        return connectionOf(connectionId, data["conn_uri"] ?? data);
      } catch (error) {
        throw new PolyflowError("secret_backend_failed", `What Vault holds of connection "${connectionId}" is no connection.`, {
          cause: error,
        });
      }
    },
    async getVariable(key) {
      if (options.variables_path === null) return undefined;
      const value = (await vault.read(options.variables_path, key))?.["value"];
      return value === undefined || typeof value === "string" ? value : JSON.stringify(value);
    },
  };
}

class VaultClient {
  readonly #options: VaultOptions;
  #token: string | undefined;

  constructor(options: VaultOptions) {
    this.#options = options;
    this.#token = options.auth_type === "token" ? options.token : undefined;
  }

  /** Undefined: there is no such secret. @throws PolyflowError `secret_backend_failed` */
  async read(folder: string, name: string): Promise<z.infer<typeof secretData> | undefined> {
    const { mount_point: mount, kv_engine_version: version } = this.#options;
    // A name is one part, whatever is in it; these two would be taken for folders, and no secret can be called so.
    if (name === "." || name === "..") return undefined;
    const parts = [...mount.split("/"), ...(version === 2 ? ["data"] : []), ...folder.split("/"), name];
    let answer = await this.#send("GET", parts, undefined);
    // The token of a role ends one day: then it signs in anew, once.
    if (answer.status === 403 && this.#options.auth_type === "approle") {
      this.#token = undefined;
      answer = await this.#send("GET", parts, undefined);
    }
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.#failed(`it answered with status ${answer.status}`);
    const parsed = answerOfVersion[version].safeParse(answer.body);
    if (!parsed.success) throw this.#failed(`what it answered is no secret of a key-value engine of version ${version}`);
    return parsed.data;
  }

  async #send(method: "GET" | "POST", parts: readonly string[], body: object | undefined) {
    const token = body === undefined ? await this.#signIn() : undefined;
    const { url, namespace } = this.#options;
    // Each part by itself: no name leaves its folder.
    const address = `${url.replace(/\/+$/, "")}/v1/${parts
      .filter((part) => part !== "")
      .map(encodeURIComponent)
      .join("/")}`;
    try {
      const answer = await fetch(address, {
        method,
        headers: {
          "x-vault-request": "true",
          ...(token === undefined ? {} : { "x-vault-token": token }),
          ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await answer.text();
      return { status: answer.status, body: answer.status === 200 ? (JSON.parse(text) as unknown) : undefined };
    } catch (error) {
      throw this.#failed(error instanceof Error ? error.message : String(error), error);
    }
  }

  async #signIn(): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    const { auth_type: type, role_id, secret_id } = this.#options;
    if (type === "token") throw this.#failed("no token is configured: [secrets] backend_kwargs has none");
    const { status, body } = await this.#send("POST", ["auth", "approle", "login"], { role_id, secret_id });
    const login = loginAnswer.safeParse(body);
    if (!login.success) throw this.#failed(`it refused the role with status ${status}`);
    this.#token = login.data.auth.client_token;
    return this.#token;
  }

  #failed(why: string, cause?: unknown): PolyflowError {
    return new PolyflowError("secret_backend_failed", `Vault at ${this.#options.url} cannot be asked: ${why}.`, { cause });
  }
}
