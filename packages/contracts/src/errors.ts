/** Whose fault an error is: the user's input, the operation of the system around us, or a bug of ours. */
export type Fault = "user" | "operation" | "bug";

/** Every stable error code. A retired code is never used again. docs/errors.md explains each; a check compares the two. */
export const ERROR_CODES = {
  // DAG files
  dag_file_syntax: "user",
  dag_file_threw: "user",
  dag_file_timeout: "user",
  dag_file_memory: "user",
  dag_file_exited: "user",
  dag_invalid: "user",
  dag_duplicate_id: "user",
  // running
  dag_not_found: "user",
  dag_run_not_found: "user",
  dag_run_exists: "user",
  backfill_not_found: "user",
  backfill_exists: "user",
  asset_not_found: "user",
  xcom_exists: "user",
  xcom_unavailable: "operation",
  task_instance_not_found: "user",
  params_invalid: "user",
  transition_refused: "user",
  attempt_superseded: "operation",
  worker_lost: "operation",
  task_timeout: "user",
  task_failed: "user",
  task_exited: "user",
  // data
  metadata_invalid: "user",
  source_unreadable: "user",
  source_empty: "user",
  load_rejects_over_limit: "user",
  quality_rule_failed: "user",
  load_shrinks_target: "user",
  contract_broken: "user",
  load_failed: "operation",
  // connections, configuration
  connection_not_found: "user",
  connection_exists: "user",
  external_system_failed: "operation",
  host_key_unknown: "user",
  file_not_found: "user",
  variable_not_found: "user",
  variable_exists: "user",
  pool_not_found: "user",
  pool_exists: "user",
  secret_undecipherable: "operation",
  secret_backend_failed: "operation",
  config_invalid: "user",
  config_option_unknown: "user",
  // access
  not_authenticated: "user",
  not_allowed: "user",
  credentials_wrong: "user",
  too_many_requests: "user",
  user_exists: "user",
  request_invalid: "user",
  upload_refused: "user",
  code_path_invalid: "user",
  code_conflict: "user",
  code_assistant_failed: "operation",
  git_failed: "user",
  upload_too_large: "user",
  uploads_full: "operation",
  not_found: "user",
  csrf_rejected: "user",
  // the machine around us
  database_unavailable: "operation",
  database_version: "operation",
  embedded_postgres_failed: "operation",
  port_in_use: "operation",
  home_in_use: "operation",
  server_unavailable: "operation",
  leadership_lost: "operation",
  execution_api_unavailable: "operation",
  internal: "bug",
} as const satisfies { readonly [code: string]: Fault };

export type ErrorCode = keyof typeof ERROR_CODES;

export interface PolyflowErrorOptions {
  readonly cause?: unknown;
  /** Facts for programs; never secrets. */
  readonly details?: { readonly [name: string]: unknown };
}

/**
 * The one error class of Polyflow. The message says what happened, with the value, and what to do.
 * @example throw new PolyflowError("dag_not_found", `No DAG "${dagId}". \`polyflow dags list\` shows those that exist.`);
 */
export class PolyflowError extends Error {
  readonly code: ErrorCode;
  readonly details: { readonly [name: string]: unknown };

  constructor(code: ErrorCode, message: string, options: PolyflowErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "PolyflowError";
    this.code = code;
    this.details = options.details ?? {};
  }

  get fault(): Fault {
    return ERROR_CODES[this.code];
  }
}

export function isPolyflowError(error: unknown, code?: ErrorCode): error is PolyflowError {
  return error instanceof PolyflowError && (code === undefined || error.code === code);
}
