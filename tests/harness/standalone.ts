import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { eventually } from "./eventually.ts";
import { FaultyDatabase } from "./faulty-database.ts";
import { isAlive, killTree, processTree } from "./process-tree.ts";
import { RestClient } from "./rest-client.ts";
import { FAULT_SHARE } from "./storage-faults.ts";

const ROOT: string = resolve(import.meta.dirname, "../..");
const MAIN = "apps/polyflow/bin/polyflow.mjs";
/** What the first line of that file gives to node. */
const NODE_OPTIONS: readonly string[] = readFileSync(join(ROOT, MAIN), "utf8").split("\n", 1)[0]?.match(/--\S+/g) ?? [];
const run = promisify(execFile);

export interface StandaloneOptions {
  /** Home folder; a temporary one, removed by `remove`, when left out. */
  readonly home?: string;
  readonly projects?: readonly string[];
  readonly examples?: boolean;
  /** Options by their environment names, e.g. POLYFLOW__WORKERS__SLOTS. */
  readonly env?: { readonly [name: string]: string };
  /** Whether it starts again at the address that it had, as open pages expect. */
  readonly keepsPort?: boolean;
  /** The file that node runs, when not the one that users run. */
  readonly program?: string;
}

/** What a command of `polyflow` printed and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `polyflow standalone` as a process of its own, on a free port; in the run with storage faults on a database whose connections break. */
export class Standalone {
  readonly home: string;
  readonly #options: StandaloneOptions;
  readonly #database: FaultyDatabase | undefined;
  #child: ChildProcess | undefined;
  #output = "";
  #url = "";

  private constructor(home: string, options: StandaloneOptions, database: FaultyDatabase | undefined) {
    this.home = home;
    this.#options = options;
    this.#database = database;
  }

  static async start(options: StandaloneOptions = {}): Promise<Standalone> {
    const database = FAULT_SHARE === 0 ? undefined : await FaultyDatabase.create(inject("postgresUrl"));
    const standalone = new Standalone(options.home ?? mkdtempSync(join(tmpdir(), "polyflow-e2e-")), options, database);
    await standalone.startAgain();
    return standalone;
  }

  get url(): string {
    return this.#url;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("not started");
    return pid;
  }

  get output(): string {
    return this.#output;
  }

  /** Starts (again) on the same home; resolves when all of it is ready. */
  async startAgain(): Promise<void> {
    const { projects = [], examples = true, env = {}, keepsPort = false, program = MAIN } = this.#options;
    const args = [
      "standalone",
      "--port",
      keepsPort && this.#url !== "" ? new URL(this.#url).port : "0",
      "--home",
      this.home,
      ...projects.flatMap((dir) => ["--project", dir]),
      ...(examples ? [] : ["--no-examples"]),
    ];
    const child = spawn(process.execPath, [...NODE_OPTIONS, program, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...this.#database?.environment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#output = "";
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString("utf8");
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#url = await eventually("polyflow standalone to answer", () => this.#answeringUrl(), {
      withinMs: 180_000,
      describe: () => this.#output,
    });
    this.#database?.begin();
  }

  async #answeringUrl(): Promise<string | undefined> {
    if (this.#child?.exitCode !== null)
      throw new Error(`polyflow standalone ended with ${String(this.#child?.exitCode)}:\n${this.#output}`);
    if (!this.#output.includes("Polyflow is ready")) return undefined;
    const file = join(this.home, "run", "server.json");
    if (!existsSync(file)) return undefined;
    const server = JSON.parse(readFileSync(file, "utf8")) as { url: string; pid: number };
    if (server.pid !== this.pid) return undefined; // left by an earlier process
    const answer = await fetch(`${server.url}/api/v2/monitor/health`).catch(() => undefined);
    return answer?.ok ? server.url : undefined;
  }

  /** Ctrl-C; resolves with the exit code when all its processes are gone. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const tree = processTree(this.pid);
    const ended = new Promise<number | null>((done) => child.once("exit", done));
    child.kill("SIGINT");
    const code = await ended;
    await eventually("all processes to be gone", () => (tree.some(isAlive) ? undefined : true), { withinMs: 15_000 });
    return code;
  }

  /** kill -9 of the process and everything below it, the embedded database included. */
  async killEverything(): Promise<void> {
    const pids = killTree(this.pid);
    await eventually("killed processes to be gone", () => (pids.some(isAlive) ? undefined : true));
  }

  /** Stops it and removes a temporary home. */
  async remove(): Promise<void> {
    this.#database?.end();
    await this.stop();
    await this.#database?.drop();
    if (this.#options.home === undefined) rmSync(this.home, { recursive: true, force: true });
  }

  /** Runs a command of the command line against this home. */
  async command(...args: string[]): Promise<CommandResult> {
    let result = await this.#commandOnce(args);
    // With faults people do as they would: what a broken connection has refused they give again.
    for (let again = 0; FAULT_SHARE > 0 && result.code !== 0 && again < 3; again++) result = await this.#commandOnce(args);
    return result;
  }

  async #commandOnce(args: readonly string[]): Promise<CommandResult> {
    const ended = await run(process.execPath, [MAIN, ...args, "--home", this.home], { cwd: ROOT, maxBuffer: 64 << 20 }).catch(
      (error: { code?: number; stdout: string; stderr: string }) => error,
    );
    return { code: "code" in ended && typeof ended.code === "number" ? ended.code : 0, stdout: ended.stdout, stderr: ended.stderr };
  }

  /** The administrator's first password. */
  adminPassword(): string {
    return readFileSync(join(this.home, "admin-password.txt"), "utf8").trim();
  }

  /** Signs in by REST, as a client program does. */
  async client(username = "admin", password: string = this.adminPassword()): Promise<RestClient> {
    const { access_token: token } = await new RestClient(this.#url).request<{ access_token: string }>("POST", "/auth/token", {
      username,
      password,
    });
    return new RestClient(this.#url, token);
  }
}
