import { randomBytes, randomUUID } from "node:crypto";
import { readFlow } from "@polyflow/metadata-model";
import { Client } from "pg";
import type { LoadRequest, LoadResult } from "./load-request.ts";
import { runLoad } from "./run-load.ts";
import { TestProject } from "./test-project.ts";
import type { DescribedFlow } from "./test-project.ts";

/** A database and a project folder of one test file. */
export class TestWarehouse {
  readonly url: string;
  readonly client: Client;
  readonly #adminUrl: string;
  readonly #database: string;
  readonly #project = new TestProject();
  #clockMs = Date.UTC(2026, 0, 1);

  private constructor(adminUrl: string, database: string) {
    this.#adminUrl = adminUrl;
    this.#database = database;
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    this.url = url.href;
    this.client = new Client({ connectionString: this.url });
  }

  static async create(adminUrl: string): Promise<TestWarehouse> {
    const database = `t_${randomBytes(6).toString("hex")}`;
    await onServer(adminUrl, `create database ${database}`);
    const warehouse = new TestWarehouse(adminUrl, database);
    await warehouse.client.connect();
    return warehouse;
  }

  /** A further connection, for the test to close. */
  async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    return client;
  }

  async remove(): Promise<void> {
    await this.client.end();
    await onServer(this.#adminUrl, `drop database ${this.#database} with (force)`);
    this.#project.remove();
  }

  get projectDir(): string {
    return this.#project.dir;
  }

  /** Writes a file of the project. */
  write(path: string, content: string | Uint8Array): void {
    this.#project.write(path, content);
  }

  /** Writes source, entity and flow of one name. */
  describe(name: string, parts: DescribedFlow): void {
    this.#project.describe(name, parts);
  }

  async load(flow: string, options: Partial<LoadRequest> = {}): Promise<LoadResult & { readonly lines: readonly string[] }> {
    const lines: string[] = [];
    const result = await runLoad({
      ...(await readFlow(this.projectDir, flow)),
      projectDir: this.projectDir,
      target: { connection: "df", client: this.url },
      loadId: randomUUID(),
      log: { info: (line) => lines.push(line), warning: (line) => lines.push(line) },
      clock: { now: () => (this.#clockMs += 1000), monotonicMs: () => performance.now() },
      ...options,
    });
    return { ...result, lines };
  }

  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    const answer = await this.client.query<unknown[]>({ text: sql, rowMode: "array" });
    return answer.rows;
  }
}

async function onServer(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
