import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { PolyflowError } from "@polyflow/contracts";

const HOST = join(import.meta.dirname, "python-host.py");
const REPLIES = 3;

/** A message of the Python side: what it returns, a statement that it wants run, or what went wrong. */
interface Reply {
  readonly result?: unknown;
  readonly query?: string;
  readonly values?: readonly unknown[];
  readonly error?: string;
  readonly trace?: string;
}

/** Runs a statement that the function asks for. */
export type RunQuery = (sql: string, values: readonly unknown[]) => Promise<readonly unknown[]>;

export interface PythonFile {
  readonly projectDir: string;
  /** Absolute. */
  readonly file: string;
  /** Name of the function. */
  readonly name: string;
}

/**
 * A function of a Python file of the project, in a process of its own: `.venv/bin/python` of the project where it has one, otherwise `python3`.
 * What it prints goes to the standard error of this process.
 * @example
 * const python = new PythonFunction({ projectDir, file, name: "clean" });
 * try { await python.call({ records }); } finally { python.close(); }
 */
export class PythonFunction {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #replies: AsyncIterator<string>;
  readonly #place: PythonFile;
  #failure: Error | undefined;

  constructor(place: PythonFile) {
    this.#place = place;
    const own = join(place.projectDir, ".venv/bin/python");
    this.#child = spawn(existsSync(own) ? own : "python3", ["-u", HOST], { cwd: place.projectDir, stdio: ["pipe", 2, 2, "pipe"] });
    this.#child.on("error", (error) => {
      this.#failure = error;
    });
    // it may end before it has read what it was sent; the missing reply tells
    this.#child.stdin?.on("error", () => undefined);
    this.#lines = createInterface({ input: this.#child.stdio[REPLIES] as Readable }); // a pipe, as the options say
    this.#replies = this.#lines[Symbol.asyncIterator]();
  }

  /**
   * @param request what the function gets: `records`, or `table` and `loadId`
   * @throws PolyflowError `load_failed` with what Python says
   */
  async call(request: object, runQuery?: RunQuery): Promise<unknown> {
    const { file, name } = this.#place;
    this.#send({ file, name, ...request });
    for (;;) {
      const reply = await this.#next();
      if (reply.error !== undefined) throw this.#failed(reply.error, reply.trace ?? "");
      if (reply.query === undefined) return reply.result;
      try {
        this.#send({ rows: (await runQuery?.(reply.query, reply.values ?? [])) ?? [] });
      } catch (error) {
        this.#send({ error: error instanceof Error ? error.message : String(error) });
      }
    }
  }

  close(): void {
    this.#lines.close();
    this.#child.kill("SIGKILL");
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  async #next(): Promise<Reply> {
    const { value, done } = await this.#replies.next();
    if (done !== true) return JSON.parse(value) as Reply; // written by our own host
    const missing = this.#failure !== undefined;
    throw this.#failed(
      missing ? "Python was not found. Install python3, or make .venv in the project." : "Python ended before it replied.",
      "",
    );
  }

  #failed(what: string, trace: string): PolyflowError {
    const { file, name } = this.#place;
    const where = trace === "" ? "" : `\n${trace.trimEnd()}`;
    return new PolyflowError("load_failed", `The function ${name} of ${file} failed: ${what}${where}`, { cause: this.#failure });
  }
}
