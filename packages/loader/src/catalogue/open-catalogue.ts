import { Client } from "pg";
import type { ClientConfig } from "pg";
import { literal, identifier } from "../sql-text.ts";
import { listDrift } from "./drift-records.ts";
import type { DriftQuery, DriftRecord } from "./drift-records.ts";
import { getLoadReport, listLoads } from "./load-records.ts";
import type { LoadQuery, LoadRecord } from "./load-records.ts";
import { listProfiles } from "./profile-records.ts";
import type { ProfileQuery, ProfileRecord } from "./profile-records.ts";
import { countRejects, listRejects } from "./reject-records.ts";
import type { RejectQuery, RejectRecord, RejectSummary } from "./reject-records.ts";
import { listRuleResults, listRuleSamples } from "./rule-records.ts";
import type { RuleQuery, RuleRecord, RuleSample } from "./rule-records.ts";
import type { LoadReport } from "@polyflow/contracts";
import type { CatalogueSession } from "./catalogue-session.ts";

/**
 * What the system tables of a warehouse know about its loads. Every list is the newest first, and empty where nothing has been loaded yet.
 * All methods may be called one after the other; `close` ends the connection.
 */
export interface Catalogue {
  listLoads(query?: LoadQuery): Promise<readonly LoadRecord[]>;
  /** The whole report of one load; undefined when there is no such load. */
  getLoadReport(loadId: string): Promise<LoadReport | undefined>;
  listRejects(query?: RejectQuery): Promise<readonly RejectRecord[]>;
  /** Rejects by load, column and reason, the most frequent first. */
  countRejects(query?: RejectQuery): Promise<readonly RejectSummary[]>;
  listRuleResults(query?: RuleQuery): Promise<readonly RuleRecord[]>;
  /** Rows that broke a rule in a load. */
  listRuleSamples(query: { readonly loadId: string; readonly rule?: string }): Promise<readonly RuleSample[]>;
  listDrift(query?: DriftQuery): Promise<readonly DriftRecord[]>;
  listProfiles(query: ProfileQuery): Promise<readonly ProfileRecord[]>;
  close(): Promise<void>;
}

/**
 * Opens the catalogue of a warehouse.
 * @param options.systemSchema schema of the system tables; default `df`
 * @throws an error of the driver when the warehouse cannot be reached
 * @example
 * const catalogue = await openCatalogue("postgresql://localhost/warehouse");
 * const [latest] = await catalogue.listLoads({ flow: "airports", limit: 1 });
 */
export async function openCatalogue(config: string | ClientConfig, options: { readonly systemSchema?: string } = {}): Promise<Catalogue> {
  const client = new Client({
    ...(typeof config === "string" ? { connectionString: config } : config),
    application_name: "polyflow catalogue",
  });
  // a lost connection fails the question in hand; without a listener it would end the process as well
  client.on("error", () => undefined);
  await client.connect();
  const schema = identifier(options.systemSchema ?? "df");
  const session: CatalogueSession = { client, schema };
  const isThere = await hasTables(session);
  const listed = <Item>(list: () => Promise<readonly Item[]>): Promise<readonly Item[]> => (isThere ? list() : Promise.resolve([]));
  return {
    listLoads: (query = {}) => listed(() => listLoads(session, query)),
    getLoadReport: (loadId) => (isThere ? getLoadReport(session, loadId) : Promise.resolve(undefined)),
    listRejects: (query = {}) => listed(() => listRejects(session, query)),
    countRejects: (query = {}) => listed(() => countRejects(session, query)),
    listRuleResults: (query = {}) => listed(() => listRuleResults(session, query)),
    listRuleSamples: (query) => listed(() => listRuleSamples(session, query)),
    listDrift: (query = {}) => listed(() => listDrift(session, query)),
    listProfiles: (query) => listed(() => listProfiles(session, query)),
    close: () => client.end(),
  };
}

/** Reading must not create anything: where the tables of this version are missing there is nothing to be read. */
async function hasTables({ client, schema }: CatalogueSession): Promise<boolean> {
  const answer = await client.query<{ there: boolean }>(`select to_regclass(${literal(`${schema}.drift`)}) is not null as there`);
  return answer.rows[0]?.there === true;
}
