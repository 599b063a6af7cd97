import { PolyflowError } from "@polyflow/contracts";
import type { ClientConfig } from "pg";
import { columnTypes } from "./column-types.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** Shorter than the statement's, so that the message names the lock. */
const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * - `plan_cache_mode`: named statements keep the plan of their first use. They are written so that one plan serves all values; planning
 *   again each time would cost some of them more than running them.
 * - `jit`: compiling a plan costs more than any statement here takes.
 * - `random_page_cost`: keeps index plans on tables that were never analysed, as all are on the first day.
 */
const PLANNER_OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off -c random_page_cost=1.1";

/** Settings of every connection to the metadata database. `pipeline`: statements that are issued at once travel at once. */
export function connectionSettings(url: string, applicationName: string): ClientConfig {
  return {
    connectionString: withoutDriverSuffix(url),
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    options: PLANNER_OPTIONS,
    types: columnTypes,
    pipeline: true,
  };
}

/** SQLAlchemy names its driver in the scheme (`postgresql+psycopg2://`); node-postgres does not know that. */
function withoutDriverSuffix(url: string): string {
  const plain = url.replace(/^(postgres(?:ql)?)\+[a-z0-9_]+:/i, "$1:");
  if (/^(postgres(ql)?|socket):/i.test(plain)) return plain;
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? "nothing that ends in a colon";
  throw new PolyflowError(
    "config_invalid",
    `The address of the metadata database begins with ${scheme}; it must begin with postgresql:. Correct [database] sql_alchemy_conn.`,
  );
}
