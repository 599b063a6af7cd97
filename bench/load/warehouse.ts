import { execFile } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createEmbeddedPostgres } from "@polyflow/embedded-postgres";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { SalesFlow } from "./sales-metadata.ts";

const run = promisify(execFile);
const PSQL = "/usr/bin/psql";

/** How a file for \copy is written. */
export interface CopiedFile {
  readonly path: string;
  /** Options of COPY beside `format csv, header`. */
  readonly options: string;
}

/** What the loader said of one run. */
export interface LoaderRun {
  readonly elapsedMs: number;
  readonly rows: { readonly [name: string]: number };
  readonly peakRssBytes: number;
}

/** The cluster that all contenders use: the embedded one with its default, durable settings. */
export class BenchWarehouse {
  /** What copies for the baseline. */
  readonly copier: string = existsSync(PSQL) ? "psql \\copy" : "COPY from a plain stream";
  readonly #dir: string = mkdtempSync(join(tmpdir(), "polyflow-bench-load-"));
  readonly #server = createEmbeddedPostgres({ dir: join(this.#dir, "postgres"), logger: silentLogger, clock: systemClock });
  #client: pg.Client | undefined;

  async start(): Promise<void> {
    await this.#server.start();
    this.#client = new pg.Client({ connectionString: this.#server.connectionUrl("postgres") });
    await this.#client.connect();
    await this.sql("create schema bench");
  }

  async stop(): Promise<void> {
    await this.#client?.end();
    await this.#server.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async sql(statement: string): Promise<readonly { readonly [column: string]: unknown }[]> {
    if (this.#client === undefined) throw new Error("not started");
    const answer = await this.#client.query<Record<string, unknown>>(statement);
    return answer.rows;
  }

  async count(table: string): Promise<number> {
    const [row] = await this.sql(`select count(*)::int as n from ${table}`);
    return Number(row?.["n"]);
  }

  /**
   * Milliseconds of `before`, a copy of the file into `table`, and `after`, in one transaction and one session: as a person would do it.
   */
  async copy(file: CopiedFile, table: string, around: { readonly before: string; readonly after: string }): Promise<number> {
    const startedMs = performance.now();
    const options = `(format csv, header${file.options === "" ? "" : `, ${file.options}`})`;
    if (existsSync(PSQL)) {
      const script = ["begin", around.before, `\\copy ${table} from '${file.path}' with ${options}`, around.after, "commit"];
      await this.#psql(script.filter((line) => line !== ""));
      return performance.now() - startedMs;
    }
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    await client.query(`begin; ${around.before}`);
    await pipeline(createReadStream(file.path), client.query(copyFrom(`copy ${table} from stdin with ${options}`)));
    await client.query(`${around.after}; commit`);
    await client.end();
    return performance.now() - startedMs;
  }

  /** Milliseconds from table to table of two sessions: `psql | psql`, or within the server where there is no psql. */
  async pipe(from: string, to: string): Promise<number> {
    const startedMs = performance.now();
    if (existsSync(PSQL)) {
      const half = (command: string): string => `${PSQL} -X -q -v ON_ERROR_STOP=1 -c '${command}' "$URL"`;
      const script = `set -e; ${half(`copy ${from} to stdout`)} | ${half(`copy ${to} from stdin`)}`;
      await run("/bin/sh", ["-c", script], { env: { URL: this.#url } });
    } else await this.sql(`insert into ${to} select * from ${from}`);
    return performance.now() - startedMs;
  }

  /** One run of the loader in a process of its own, with the memory settings and the kept compiled code of task processes; the time is without the start of Node. */
  async load(what: "scan" | SalesFlow, projectDir: string): Promise<LoaderRun> {
    const script = join(import.meta.dirname, "loader-process.ts");
    const env = { ...process.env, NODE_COMPILE_CACHE: join(this.#dir, "compiled") };
    const { stdout } = await run(process.execPath, ["--max-semi-space-size=4", script, what, projectDir, this.#url], { env });
    const answer: LoaderRun = JSON.parse(stdout);
    return answer;
  }

  get #url(): string {
    return this.#server.connectionUrl("postgres");
  }

  async #psql(script: readonly string[]): Promise<void> {
    await run(PSQL, ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...script.flatMap((line) => ["-c", line]), this.#url]);
  }
}
