import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { withClient } from "@polyflow/loader";
import { systemClock } from "@polyflow/service-kit";
import { runCli } from "../cli/run-cli.ts";

/** What a command wrote, and how it ended. */
export interface CliAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line in a project folder of one test file; with a server's address also with a metadata database and a warehouse. */
export class TestCli {
  readonly dir: string = mkdtempSync(join(tmpdir(), "df-cli-"));
  readonly #databases: string[] = [];
  readonly #adminUrl: string | undefined;
  readonly #environment: { readonly [name: string]: string };

  private constructor(adminUrl: string | undefined) {
    this.#adminUrl = adminUrl;
    const home = { POLYFLOW_HOME: join(this.dir, "home") };
    this.#environment = adminUrl === undefined ? home : { ...home, POLYFLOW__DATABASE__SQL_ALCHEMY_CONN: this.#nextUrl(adminUrl) };
    mkdirSync(join(this.dir, "metadata"));
  }

  /** Without databases. */
  static offline(): TestCli {
    return new TestCli(undefined);
  }

  static async create(adminUrl: string): Promise<TestCli> {
    const cli = new TestCli(adminUrl);
    const warehouse = cli.#nextUrl(adminUrl);
    for (const name of cli.#databases) await onServer(adminUrl, `create database ${name}`);
    await cli.good("db", "migrate");
    await cli.good("connections", "add", "df", "--uri", warehouse);
    return cli;
  }

  async run(...args: readonly string[]): Promise<CliAnswer> {
    const said = { out: "", err: "" };
    const code = await runCli(args, {
      environment: this.#environment,
      cwd: this.dir,
      clock: systemClock,
      isTerminal: false,
      writeOut: (text) => (said.out += text),
      writeError: (text) => (said.err += text),
    });
    return { code, ...said };
  }

  /** Runs a command that has to succeed. */
  async good(...args: readonly string[]): Promise<CliAnswer> {
    const answer = await this.run(...args);
    if (answer.code !== 0) throw new Error(`polyflow ${args.join(" ")} ended with ${answer.code}:\n${answer.out}${answer.err}`);
    return answer;
  }

  /** What a command that succeeds prints as JSON. */
  async json<Value>(...args: readonly string[]): Promise<Value> {
    return JSON.parse((await this.good(...args, "--output", "json")).out) as Value;
  }

  async query<Row>(sql: string): Promise<readonly Row[]> {
    return this.json<readonly Row[]>("df", "query", sql);
  }

  write(file: string, content: string | Uint8Array): void {
    const path = join(this.dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  read(file: string): string {
    return readFileSync(join(this.dir, file), "utf8");
  }

  async remove(): Promise<void> {
    for (const name of this.#databases) await onServer(this.#adminUrl ?? "", `drop database if exists ${name} with (force)`);
    rmSync(this.dir, { recursive: true, force: true });
  }

  #nextUrl(adminUrl: string): string {
    const name = `t_${randomBytes(6).toString("hex")}`;
    this.#databases.push(name);
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  }
}

async function onServer(adminUrl: string, statement: string): Promise<void> {
  await withClient(adminUrl, async (client) => void (await client.query(statement)));
}
