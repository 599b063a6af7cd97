import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock, Logger } from "@polyflow/service-kit";

const MAIN = fileURLToPath(new URL("../child/main.ts", import.meta.url));
const COMPILER = fileURLToPath(new URL("./compile-task-process.ts", import.meta.url));
/** What is just starting needs the processor itself. */
const COMPILE_AFTER_MS = 3_000;

export interface TaskProcessCodeParts {
  /** Compiled code is kept below it; undefined: task processes run the sources. */
  readonly folder: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Which file task processes run: the sources until they are compiled, once for all that use the same folder, by a program of its own in the
 * background; then the compiled ones. A compilation that fails costs nothing but speed.
 */
export class TaskProcessCode {
  readonly #parts: TaskProcessCodeParts;
  readonly #stopped = new AbortController();
  #main = MAIN;
  #cancelTimer: () => void = () => undefined;
  #compiling: Promise<void> = Promise.resolve();

  constructor(parts: TaskProcessCodeParts) {
    this.#parts = parts;
  }

  /** The file to run now. */
  get main(): string {
    return this.#main;
  }

  /** Takes what is compiled already, or has it compiled a little later. */
  async open(): Promise<void> {
    const { folder, clock } = this.#parts;
    if (folder === undefined) return;
    const compiled = join(folder, await sourcesKey());
    if (existsSync(join(compiled, "main.mjs"))) this.#main = join(compiled, "main.mjs");
    else this.#cancelTimer = clock.schedule(COMPILE_AFTER_MS, () => (this.#compiling = this.#compile(compiled)));
  }

  async close(): Promise<void> {
    this.#cancelTimer();
    this.#stopped.abort();
    await this.#compiling;
  }

  async #compile(compiled: string): Promise<void> {
    const { logger } = this.#parts;
    const part = `${compiled}.${process.pid}.part`;
    try {
      await mkdir(dirname(compiled), { recursive: true, mode: 0o700 });
      await runCompiler(part, this.#stopped.signal);
      await rename(part, compiled).catch(async (error: unknown) => {
        // somebody else has compiled the same meanwhile
        if (!existsSync(join(compiled, "main.mjs"))) throw error;
      });
      this.#main = join(compiled, "main.mjs");
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        logger.warn("the task process could not be compiled and runs from its sources, more slowly", { error });
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
}

function runCompiler(folder: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ["--disable-warning=ExperimentalWarning", COMPILER, folder];
    const child = execFile(process.execPath, args, { signal }, (error) => (error === null ? resolve() : reject(error)));
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  });
}

/** Names the sources by path, size and time of their last change, and Node's version. */
async function sourcesKey(): Promise<string> {
  const folders = [
    ...["child", "protocol", "compiled"].map((name) => fileURLToPath(new URL(`../${name}`, import.meta.url))),
    ...["@polyflow/sdk", "@polyflow/contracts"].map((name) => dirname(fileURLToPath(import.meta.resolve(name)))),
  ];
  const files = (await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })))).flat();
  const sources = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const facts = await Promise.all(
    sources.sort().map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
  return createHash("sha256")
    .update([process.version, ...facts].join("\n"))
    .digest("hex")
    .slice(0, 32);
}
