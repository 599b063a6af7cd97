import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readFlow } from "@polyflow/metadata-model";
import { Client } from "pg";
import type { LoadRequest, LoadResult } from "./load-request.ts";
import { runLoad } from "./run-load.ts";

/** A database and a project folder of one test file. */
export class TestWarehouse {
  readonly url: string;
  readonly projectDir: string;
  readonly client: Client;
  readonly #adminUrl: string;
  readonly #database: string;
  #clockMs = Date.UTC(2026, 0, 1);

  private constructor(adminUrl: string, database: string) {
    this.#adminUrl = adminUrl;
    this.#database = database;
    const url = new URL(adminUrl);
    url.pathname = `/${database}`;
    this.url = url.href;
    this.client = new Client({ connectionString: this.url });
    this.projectDir = mkdtempSync(join(tmpdir(), "loader-test-"));
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
    rmSync(this.projectDir, { recursive: true, force: true });
  }

  /** Writes a file of the project. */
  write(path: string, content: string | Uint8Array): void {
    const file = join(this.projectDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Writes source, entity and flow of one name. */
  describe(
    name: string,
    parts: {
      readonly source: string;
      readonly properties: string;
      readonly load: string;
      readonly more?: string;
      readonly quality?: string;
    },
  ): void {
    this.write(`metadata/sources/${name}.yaml`, `name: ${name}\n${parts.source}`);
    this.write(
      `metadata/entities/${name}.odcs.yaml`,
      `apiVersion: v3.1.0\nkind: DataContract\nid: t.${name}\nversion: 1.0.0\nstatus: active\n` +
        `servers: [{server: df, type: postgres, schema: t}]\nschema:\n  - name: ${name}\n    properties:\n${parts.properties}\n${parts.quality ?? ""}`,
    );
    this.write(
      `metadata/flows/${name}.flow.yaml`,
      `flow: ${name}\nsource: {ref: ${name}}\ntarget: {ref: t.${name}}\nload: ${parts.load}\n${parts.more ?? ""}`,
    );
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
