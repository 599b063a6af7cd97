import type { Client } from "pg";
import { changeAgainst } from "../quality/against-history.ts";
import { identifier } from "../sql-text.ts";

/** Something of the loads that a person should know. */
export interface Finding {
  readonly kind: "failed_load" | "stale" | "volume" | "quality" | "rejects" | "drift";
  readonly severity: "error" | "warning";
  /** Flow, or table where the flow is not known. */
  readonly about: string;
  readonly message: string;
}

export interface ObservationRequest {
  readonly client: Client;
  /** @default "df" */
  readonly systemSchema?: string;
  /** Failed loads and rules of so many hours back are told. */
  readonly hours: number;
  /** A flow that has loaded nothing for longer is stale. */
  readonly staleAfterHours: number;
  /** A load whose rows are so many percent above or below the median of the loads before is told. */
  readonly volumePercent: number;
}

const HISTORY = 10;
const LEAST_HISTORY = 3;

/**
 * Looks at the system tables: failed loads, flows without fresh data, unusual volumes, rules that did not pass, rejects and differences
 * that wait for a person. The most severe come first.
 * @example for (const { severity, message } of await observeWarehouse(request)) log[severity](message);
 */
export async function observeWarehouse(request: ObservationRequest): Promise<readonly Finding[]> {
  const found = [
    ...(await lastLoads(request)),
    ...(await brokenRules(request)),
    ...(await waiting(request, "reject", "state in ('open', 'fixed')")),
    ...(await waiting(request, "drift", "state = 'open'")),
  ];
  return found.toSorted((left, right) => left.severity.localeCompare(right.severity));
}

interface FlowLoads {
  readonly flow: string;
  /** Error of the last load when it failed within the time looked at. */
  readonly failed: string | null;
  /** Rows of the loads that succeeded, the newest first. */
  readonly loaded: readonly string[] | null;
  /** Hours since the last one. */
  readonly age: string | null;
}

async function lastLoads({
  client,
  systemSchema = "df",
  hours,
  staleAfterHours,
  volumePercent,
}: ObservationRequest): Promise<readonly Finding[]> {
  const answer = await client.query<FlowLoads>(
    `select flow,
            (array_agg(case when status = 'failed' and finished_at > now() - $1::float8 * interval '1 hour' then coalesce(error, 'failed') end
                       order by finished_at desc))[1] as failed,
            (array_agg(rows_loaded::text order by finished_at desc) filter (where status <> 'failed'))[1:${HISTORY + 1}] as loaded,
            extract(epoch from now() - max(finished_at) filter (where status <> 'failed')) / 3600 as age
       from ${identifier(systemSchema)}.load_ledger group by flow order by flow`,
    [hours],
  );
  return answer.rows.flatMap(({ flow, failed, loaded, age }): Finding[] => {
    const findings: Finding[] = [];
    if (failed !== null) findings.push({ kind: "failed_load", severity: "error", about: flow, message: `Flow ${flow} failed: ${failed}` });
    if (age === null || Number(age) > staleAfterHours) {
      const since = age === null ? "has never loaded" : `has loaded nothing for ${Math.round(Number(age))} hours`;
      findings.push({ kind: "stale", severity: "warning", about: flow, message: `Flow ${flow} ${since}; ${staleAfterHours} are allowed.` });
    }
    const [now = 0, ...before] = (loaded ?? []).map(Number);
    const change = before.length < LEAST_HISTORY ? 0 : changeAgainst(before, now);
    if (Math.abs(change) > volumePercent) {
      const percent = `${change > 0 ? "+" : ""}${Math.round(change)} %`;
      findings.push({
        kind: "volume",
        severity: "warning",
        about: flow,
        message: `Flow ${flow} loaded ${now} records, ${percent} against the median of ${before.length} loads before.`,
      });
    }
    return findings;
  });
}

async function brokenRules({ client, systemSchema = "df", hours }: ObservationRequest): Promise<readonly Finding[]> {
  const answer = await client.query<{ target: string; rule: string; status: string; expected: string; actual: string }>(
    `select * from (select distinct on (target, rule) target, rule, status, expected, actual::text as actual
       from ${identifier(systemSchema)}.rule_result where at > now() - $1::float8 * interval '1 hour'
      order by target, rule, at desc) last where status <> 'passed'`,
    [hours],
  );
  return answer.rows.map(({ target, rule, status, expected, actual }) => ({
    kind: "quality",
    severity: status === "failed" ? "error" : "warning",
    about: target,
    message: `Rule ${rule} of ${target}: ${status}, must be ${expected}, is ${actual}.`,
  }));
}

async function waiting(
  { client, systemSchema = "df" }: ObservationRequest,
  table: "reject" | "drift",
  condition: string,
): Promise<readonly Finding[]> {
  const answer = await client.query<{ flow: string; count: number }>(
    `select flow, count(*)::int as count from ${identifier(systemSchema, table)} where ${condition} group by flow order by flow`,
  );
  const what = table === "reject" ? "rejects" : "differences from the contract";
  return answer.rows.map(({ flow, count }) => ({
    kind: table === "reject" ? "rejects" : "drift",
    severity: "warning",
    about: flow,
    message: `Flow ${flow}: ${count} ${what} wait for a person.`,
  }));
}
