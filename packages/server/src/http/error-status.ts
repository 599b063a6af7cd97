import type { ErrorCode } from "@polyflow/contracts";

/** The one place that says which HTTP status an error code has. A new code does not compile until it stands here. */
export const ERROR_STATUS: { readonly [code in ErrorCode]: number } = {
  dag_file_syntax: 422,
  dag_file_threw: 422,
  dag_file_timeout: 422,
  dag_file_memory: 422,
  dag_file_exited: 422,
  dag_invalid: 422,
  dag_duplicate_id: 409,
  dag_not_found: 404,
  dag_run_not_found: 404,
  dag_run_exists: 409,
  backfill_not_found: 404,
  backfill_exists: 409,
  asset_not_found: 404,
  xcom_exists: 409,
  xcom_unavailable: 503,
  task_instance_not_found: 404,
  params_invalid: 400,
  transition_refused: 409,
  attempt_superseded: 409,
  worker_lost: 410,
  task_timeout: 422,
  task_failed: 422,
  task_exited: 422,
  metadata_invalid: 422,
  source_unreadable: 422,
  source_empty: 422,
  load_rejects_over_limit: 422,
  quality_rule_failed: 422,
  load_shrinks_target: 422,
  contract_broken: 422,
  load_failed: 500,
  connection_not_found: 404,
  connection_exists: 409,
  external_system_failed: 502,
  host_key_unknown: 422,
  file_not_found: 404,
  variable_not_found: 404,
  variable_exists: 409,
  pool_not_found: 404,
  pool_exists: 409,
  secret_undecipherable: 500,
  secret_backend_failed: 503,
  config_invalid: 500,
  config_option_unknown: 404,
  not_authenticated: 401,
  not_allowed: 403,
  credentials_wrong: 401,
  too_many_requests: 429,
  user_exists: 409,
  request_invalid: 422,
  upload_refused: 422,
  code_path_invalid: 422,
  code_conflict: 409,
  code_assistant_failed: 422,
  git_failed: 409,
  upload_too_large: 413,
  uploads_full: 413,
  not_found: 404,
  csrf_rejected: 403,
  database_unavailable: 503,
  database_version: 503,
  embedded_postgres_failed: 503,
  port_in_use: 500,
  leadership_lost: 503,
  execution_api_unavailable: 503,
  home_in_use: 500,
  server_unavailable: 503,
  internal: 500,
};

/** What a client reads when the fault is not its own: what is inside the message may be no business of the client's. */
const PUBLIC_MESSAGES: { readonly [code in ErrorCode]?: string } = {
  secret_backend_failed: "The secrets backend cannot be asked. An administrator finds the cause in the server's log.",
  database_unavailable:
    "The metadata database does not answer. Try again in a moment; an administrator finds the cause in the server's log.",
  database_version: "The metadata database has another version than this server. An administrator has to run `polyflow db migrate`.",
  secret_undecipherable:
    "The stored secret cannot be deciphered: the key is not the one that encrypted it. An administrator finds more in the server's log.",
};

/** The message for the client: its own for what it can mend, a general one with the request's id for what it cannot. */
export function publicMessage(code: ErrorCode, message: string, requestId: string): string {
  if (ERROR_STATUS[code] < 500) return message;
  return PUBLIC_MESSAGES[code] ?? `Something went wrong in the server. Its log has the cause under request ${requestId}.`;
}
