import { msgid } from "../../i18n/msgid.ts";

/** Events of the audit log in words; those that are not here show as they are. */
const EVENT_LABELS: Readonly<Record<string, string>> = {
  sign_in: msgid("Signed in"),
  sign_in_failed: msgid("Sign-in failed"),
  sign_out: msgid("Signed out"),
  refused: msgid("Refused"),
  trigger_dag_run: msgid("Run started"),
  edit_dag_run: msgid("Run changed"),
  delete_dag_run: msgid("Run deleted"),
  clear_dag_run: msgid("Run cleared"),
  clear_task_instances: msgid("Tasks cleared"),
  edit_dag: msgid("Process changed"),
  delete_dag: msgid("Process deleted"),
  create_connection: msgid("Connection created"),
  edit_connection: msgid("Connection changed"),
  delete_connection: msgid("Connection deleted"),
  bulk_connections: msgid("Connections changed"),
  create_variable: msgid("Variable created"),
  edit_variable: msgid("Variable changed"),
  delete_variable: msgid("Variable deleted"),
  bulk_variables: msgid("Variables changed"),
  create_pool: msgid("Pool created"),
  edit_pool: msgid("Pool changed"),
  delete_pool: msgid("Pool deleted"),
  bulk_pools: msgid("Pools changed"),
  save_code: msgid("Code saved"),
  delete_code: msgid("Code deleted"),
  move_code: msgid("File moved"),
  commit_code: msgid("Code committed"),
  upload_file: msgid("File uploaded"),
};

export function eventLabel(event: string): string | undefined {
  return EVENT_LABELS[event];
}
