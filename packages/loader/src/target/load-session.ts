import { Client } from "pg";
import type { ClientConfig } from "pg";

/** The two connections of one load. */
export interface LoadConnections {
  /** Holds the transaction of the load. */
  readonly main: Client;
  /** Fills the staging tables. */
  readonly staging: Client;
  /** Number of the server's version, like 180004. */
  readonly serverVersion: number;
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** Settings that make a text mean the same on every server, and a dead loader's statements end soon. */
const SESSION_SETTINGS = [
  "set datestyle = 'ISO, YMD'",
  "set intervalstyle = 'postgres'",
  "set timezone = 'UTC'",
  "set statement_timeout = 0",
  "set idle_in_transaction_session_timeout = 0",
  // records are numbered by their place: a scan must begin at the beginning
  "set synchronize_seqscans = off",
];

export async function openConnections(client: string | ClientConfig, workMemMb: number): Promise<LoadConnections> {
  const config: ClientConfig = typeof client === "string" ? { connectionString: client } : client;
  const main = new Client({ ...config, application_name: "polyflow loader" });
  const staging = new Client({ ...config, application_name: "polyflow loader (staging)" });
  // a lost connection fails the query in hand; without a listener it would end the process as well
  for (const connection of [main, staging]) connection.on("error", () => undefined);
  try {
    await Promise.all([main.connect(), staging.connect()]);
    const serverVersion = await prepare(main, workMemMb);
    await prepare(staging, workMemMb);
    // what it writes is thrown away in any case: it need not wait for the disk; days come first where they are staged as such
    await staging.query("set synchronous_commit = off; set datestyle = 'ISO, DMY'");
    return {
      main,
      staging,
      serverVersion,
      cancel: () => cancelBoth(config, [main, staging]),
      close: async () => {
        await Promise.allSettled([main.end(), staging.end()]);
      },
    };
  } catch (error) {
    await Promise.allSettled([main.end(), staging.end()]);
    throw error;
  }
}

async function prepare(client: Client, workMemMb: number): Promise<number> {
  const answer = await client.query<{ version: number }>("select current_setting('server_version_num')::integer as version");
  const version = answer.rows[0]?.version ?? 0;
  const settings = [...SESSION_SETTINGS, `set work_mem = '${workMemMb}MB'`, `set temp_buffers = '${workMemMb}MB'`];
  // the server notices a killed loader even in the middle of a long statement
  if (version >= 140000) settings.push("set client_connection_check_interval = '1s'");
  await client.query(settings.join("; "));
  return version;
}

/** Ends the statements in hand from outside; the connections themselves stay usable. */
async function cancelBoth(config: ClientConfig, clients: readonly Client[]): Promise<void> {
  const canceller = new Client({ ...config, application_name: "polyflow loader (cancel)" });
  canceller.on("error", () => undefined);
  await canceller.connect();
  try {
    for (const client of clients) {
      const processId: unknown = Reflect.get(client, "processID");
      if (typeof processId === "number") await canceller.query("select pg_cancel_backend($1)", [processId]);
    }
  } finally {
    await canceller.end();
  }
}
