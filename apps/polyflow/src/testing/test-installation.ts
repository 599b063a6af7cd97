import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConnectionUri } from "@polyflow/contracts";
import { provider } from "@polyflow/provider-postgres";
import { systemClock } from "@polyflow/service-kit";
import { runCli } from "../cli/run-cli.ts";

export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A home folder whose metadata database is one of its own on the PostgreSQL of the tests; commands run in this process. */
export class TestInstallation {
  readonly home: string;
  readonly databaseUrl: string;
  readonly #adminUrl: string;
  readonly #name: string;

  private constructor(home: string, adminUrl: string) {
    this.home = home;
    this.#adminUrl = adminUrl;
    this.#name = `t_${randomBytes(6).toString("hex")}`;
    const url = new URL(adminUrl);
    url.pathname = `/${this.#name}`;
    this.databaseUrl = url.href;
  }

  static async create(adminUrl: string): Promise<TestInstallation> {
    const installation = new TestInstallation(await mkdtemp(join(tmpdir(), "polyflow-cli-")), adminUrl);
    await installation.#asAdministrator(`create database ${installation.#name}`);
    const migrated = await installation.run(["db", "migrate"]);
    if (migrated.code !== 0) throw new Error(migrated.err);
    return installation;
  }

  /** Runs a command of the command line with these environment variables beside that of the database. */
  async run(args: readonly string[], environment: { readonly [name: string]: string } = {}): Promise<CommandOutcome> {
    const said = { out: "", err: "" };
    const code = await runCli([...args, "--home", this.home], {
      environment: { POLYFLOW__DATABASE__SQL_ALCHEMY_CONN: this.databaseUrl, ...environment },
      cwd: this.home,
      clock: systemClock,
      isTerminal: false,
      writeOut: (text) => (said.out += text),
      writeError: (text) => (said.err += text),
    });
    return { code, ...said };
  }

  async remove(): Promise<void> {
    await this.#asAdministrator(`drop database ${this.#name} with (force)`);
    await rm(this.home, { recursive: true, force: true });
  }

  async #asAdministrator(statement: string): Promise<void> {
    const session = await provider.openSql({ connectionId: "tests", ...parseConnectionUri(this.#adminUrl) });
    try {
      await session.query(statement);
    } finally {
      await session.close();
    }
  }
}
