import { z } from "zod";
import { bulkBody } from "./bulk-schemas.ts";
import { instant, jsonValue, maybeInstant, maybeText, unusedUnless } from "./common.ts";

/** Airflow's rule for connection ids. */
export const connectionId = z.string().regex(/^[\w#!()\-.:/\\]{1,250}$/, "has letters, digits and _#!()-.:/\\ alone, at most 250");
export const variableKey = z.string().min(1).max(250);

export const connection = z
  .object({
    connection_id: z.string(),
    conn_type: z.string(),
    description: maybeText,
    host: maybeText,
    login: maybeText,
    schema: maybeText,
    port: z.int().nullable(),
    password: maybeText.meta({ description: "`***` when there is one; never the password." }),
    extra: maybeText.meta({ description: "JSON with the names that are set, values replaced by `***`." }),
    team_name: maybeText,
  })
  .meta({ id: "ConnectionResponse" });
export type ConnectionAnswer = z.infer<typeof connection>;
export const connectionCollection = z
  .object({ connections: z.array(connection), total_entries: z.int() })
  .meta({ id: "ConnectionCollectionResponse" });

export const connectionBody = z
  .strictObject({
    connection_id: connectionId,
    conn_type: z.string().min(1).max(500),
    description: z.string().max(5000).nullish(),
    host: z.string().max(500).nullish(),
    login: z.string().max(5000).nullish(),
    schema: z.string().max(500).nullish(),
    port: z.int().min(1).max(65_535).nullish(),
    password: z.string().max(10_000).nullish().meta({ description: "In `PATCH`, `***` or leaving it out keeps the one that is set." }),
    extra: z.string().max(100_000).nullish().meta({ description: "A JSON object; in `PATCH`, values `***` keep what is set." }),
    team_name: unusedUnless(null),
  })
  .meta({ id: "ConnectionBody" });
export type ConnectionBody = z.infer<typeof connectionBody>;
export const connectionTestAnswer = z
  .object({ status: z.boolean(), message: z.string().meta({ description: "What was found, or why it does not work." }) })
  .meta({ id: "ConnectionTestResponse" });
export const connectionBulkBody = bulkBody("ConnectionBody", connectionBody);

export const variable = z
  .object({ key: z.string(), value: z.string(), description: maybeText, is_encrypted: z.boolean(), team_name: maybeText })
  .meta({ id: "VariableResponse" });
export const variableCollection = z
  .object({ variables: z.array(variable), total_entries: z.int() })
  .meta({ id: "VariableCollectionResponse" });
export const variableBody = z
  .strictObject({
    key: variableKey,
    value: jsonValue.meta({ description: "Text is kept as it is, anything else as JSON." }),
    description: z.string().max(5000).nullish(),
    team_name: unusedUnless(null),
  })
  .meta({ id: "VariableBody" });
export const variableBulkBody = bulkBody("VariableBody", variableBody);

export const eventLog = z
  .object({
    event_log_id: z.int(),
    when: instant,
    dag_id: maybeText,
    dag_display_name: maybeText,
    task_id: maybeText,
    task_display_name: maybeText,
    run_id: maybeText,
    map_index: z.int().nullable(),
    try_number: z.int().nullable(),
    event: z.string(),
    logical_date: maybeInstant,
    owner: maybeText,
    extra: maybeText,
  })
  .meta({ id: "EventLogResponse" });
export const eventLogCollection = z
  .object({ event_logs: z.array(eventLog), total_entries: z.int() })
  .meta({ id: "EventLogCollectionResponse" });

const status = z.enum(["healthy", "unhealthy"]).nullable();
export const health = z
  .object({
    metadatabase: z.object({ status }),
    scheduler: z.object({ status, latest_scheduler_heartbeat: maybeInstant }),
    triggerer: z.object({ status, latest_triggerer_heartbeat: maybeInstant }),
    dag_processor: z.object({ status, latest_dag_processor_heartbeat: maybeInstant }),
  })
  .meta({ id: "HealthInfoResponse" });

export const version = z.object({ version: z.string(), git_version: maybeText }).meta({ id: "VersionInfo" });

export const loginBody = z
  .strictObject({ username: z.string().min(1).max(250), password: z.string().max(10_000) })
  .meta({ id: "LoginBody" });
export const loginAnswer = z.object({ access_token: z.string() }).meta({ id: "LoginResponse" });
