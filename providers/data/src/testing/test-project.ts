import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { JsonObject, LoadReport } from "@polyflow/contracts";
import { type Connection, dag } from "@polyflow/sdk";
import type { Provider } from "@polyflow/sdk/runtime";
import { runDag } from "@polyflow/testing";
import { load, type LoadSummary } from "../load.ts";
import { onDatabase } from "./test-database.ts";

/** What a load in a test came to. */
export interface TestLoad {
  readonly summary: LoadSummary;
  readonly state: string;
  readonly reason: string | null;
  readonly reports: readonly LoadReport[];
  readonly log: readonly string[];
}

/** A project folder and a warehouse of one test file, with connections that the test gives. */
export class TestProject {
  readonly dir = mkdtempSync(join(tmpdir(), "load-test-"));
  readonly url: string;
  readonly connections = new Map<string, Connection>();
  readonly #adminUrl: string;
  readonly #database = `t_${randomBytes(6).toString("hex")}`;
  readonly #providers: readonly Provider[];

  private constructor(adminUrl: string, providers: readonly Provider[]) {
    this.#adminUrl = adminUrl;
    this.#providers = providers;
    this.url = Object.assign(new URL(adminUrl), { pathname: `/${this.#database}` }).href;
    this.connect("df", "postgres", {});
  }

  static async create(adminUrl: string, providers: readonly Provider[]): Promise<TestProject> {
    const project = new TestProject(adminUrl, providers);
    await onDatabase(adminUrl, `create database ${project.#database}`);
    return project;
  }

  /** Adds a connection; without parts it leads to the warehouse's server. */
  connect(connectionId: string, type: string, parts: Partial<Connection>): void {
    const url = new URL(this.#adminUrl);
    this.connections.set(connectionId, {
      connectionId,
      type,
      host: url.hostname,
      port: Number(url.port),
      login: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      schema: this.#database,
      extra: {},
      ...parts,
    });
  }

  /** Describes source, entity and flow of one name; columns are written `name: type`, the first is the key. */
  describe(
    name: string,
    parts: {
      readonly source: string;
      readonly columns: { readonly [name: string]: string };
      readonly load: string;
      readonly keyless?: boolean;
    },
  ): void {
    const properties = Object.entries(parts.columns).map(([column, type], index) => {
      const logical = LOGICAL[type] ?? "string";
      return `      - {name: ${column}, logicalType: ${logical}, physicalType: "${type}"${index === 0 && parts.keyless !== true ? ", primaryKey: true, primaryKeyPosition: 1, required: true" : ""}}`;
    });
    const fields = Object.entries(parts.columns).map(([column, type]) => `    - {name: ${column}, type: ${FIELD[type] ?? "string"}}`);
    this.write(
      `metadata/sources/${name}.yaml`,
      `name: ${name}\n${parts.source}\nschema:\n  fieldsMatch: [subset]\n  fields:\n${fields.join("\n")}\n`,
    );
    this.write(
      `metadata/entities/${name}.odcs.yaml`,
      `apiVersion: v3.1.0\nkind: DataContract\nid: t.${name}\nversion: 1.0.0\nstatus: active\n` +
        `servers: [{server: df, type: postgres, schema: t}]\nschema:\n  - name: ${name}\n    properties:\n${properties.join("\n")}\n`,
    );
    this.write(
      `metadata/flows/${name}.flow.yaml`,
      `flow: ${name}\nsource: {ref: ${name}}\ntarget: {ref: t.${name}}\nload: ${parts.load}\n`,
    );
  }

  write(path: string, content: string): void {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  async load(flow: string): Promise<TestLoad> {
    const definition = dag(`load_${flow}`, () => void load({ id: "load", flow }));
    const connections = (id: string) => Promise.resolve(this.connections.get(id));
    const run = await runDag(definition, { connections, providers: this.#providers, projectDir: this.dir });
    const task = run.task("load");
    // the output went through JSON, as between tasks
    const summary = task.output as LoadSummary & JsonObject;
    return { summary, state: task.state, reason: task.reason, reports: task.loadReports, log: task.log.map(({ message }) => message) };
  }

  rows<Row extends object>(statement: string): Promise<readonly Row[]> {
    return onDatabase<Row>(this.url, statement);
  }

  async remove(): Promise<void> {
    await onDatabase(this.#adminUrl, `drop database ${this.#database} with (force)`);
    rmSync(this.dir, { recursive: true });
  }
}

const LOGICAL: { readonly [type: string]: string } = { bigint: "integer", numeric: "number", boolean: "boolean", timestamptz: "timestamp" };
const FIELD: { readonly [type: string]: string } = { bigint: "integer", numeric: "number", boolean: "boolean", timestamptz: "datetime" };
