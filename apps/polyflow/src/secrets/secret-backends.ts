import { resolve } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { SecretBackend } from "@polyflow/store";
import { z } from "zod";
import type { Configuration } from "../config/options.ts";
import { environmentBackend } from "./environment-backend.ts";
import { fileBackend } from "./file-backend.ts";
import { vaultBackend, vaultOptions } from "./vault-backend.ts";

/** Names under which a backend is known; Airflow's are those of its classes. */
const VAULT = ["vault", "airflow.providers.hashicorp.secrets.vault.VaultBackend"];
const FILE = ["file", "airflow.secrets.local_filesystem.LocalFilesystemBackend"];

const fileOptions = z.strictObject({
  connections_file_path: z.string().min(1).optional(),
  variables_file_path: z.string().min(1).optional(),
});

export interface SecretSurroundings {
  readonly environment: { readonly [name: string]: string | undefined };
  /** What relative paths begin at. */
  readonly homeDir: string;
}

/**
 * Where connections and variables come from before the database is asked: the configured backend, then the environment.
 * @throws PolyflowError `config_invalid`
 */
export function secretBackends({ secrets }: Configuration, { environment, homeDir }: SecretSurroundings): readonly SecretBackend[] {
  const fromEnvironment = environmentBackend(environment);
  const { backend, backend_kwargs: kwargs } = secrets;
  if (backend === "") return [fromEnvironment];
  if (VAULT.includes(backend)) return [vaultBackend(optionsOf(kwargs, vaultOptions)), fromEnvironment];
  if (FILE.includes(backend)) {
    const { connections_file_path: connections, variables_file_path: variables } = optionsOf(kwargs, fileOptions);
    const inHome = (path: string | undefined) => (path === undefined ? undefined : resolve(homeDir, path));
    return [fileBackend({ connectionsFile: inHome(connections), variablesFile: inHome(variables) }), fromEnvironment];
  }
  throw new PolyflowError("config_invalid", `[secrets] backend is "${backend}"; it can be ${[VAULT[0], FILE[0]].join(", ")} or empty.`);
}

function optionsOf<Options>(kwargs: string, schema: z.ZodType<Options>): Options {
  const parsed = schema.safeParse(jsonOf(kwargs));
  if (parsed.success) return parsed.data;
  // Names alone: what is given may be secret.
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".") || "its form"} (${issue.code})`).join(", ");
  throw new PolyflowError("config_invalid", `[secrets] backend_kwargs is not what this backend takes: ${wrong}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    throw new PolyflowError("config_invalid", "[secrets] backend_kwargs is no JSON object.", { cause: error });
  }
}
