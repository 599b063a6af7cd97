import { attemptOutcome } from "@polyflow/contracts/wire";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const spooled = z.object({ attemptId: z.string(), token: z.string(), at: z.number(), outcome: attemptOutcome });

export interface SpooledOutcome {
  readonly attemptId: string;
  readonly token: string;
  /** When it was written, in milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: AttemptOutcome;
}

const SUFFIX = ".outcome.json";

/** Outcomes that the server could not take yet, on disk: they outlive the supervisor. Readable by the owner alone, since they hold attempts' tokens. */
export class OutcomeSpool {
  readonly #directory: string;

  constructor(runDir: string) {
    this.#directory = join(runDir, "outcomes");
  }

  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Returns when the outcome would survive a power cut. */
  async write(entry: SpooledOutcome): Promise<void> {
    const path = this.#path(entry.attemptId);
    const file = await open(`${path}.part`, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify(entry));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    await this.#syncDirectory();
  }

  async remove(attemptId: string): Promise<void> {
    await rm(this.#path(attemptId), { force: true });
  }

  /** What is waiting, oldest first. A file that is torn or of another version is left out. */
  async list(): Promise<readonly SpooledOutcome[]> {
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith(SUFFIX));
    const entries = await Promise.all(names.map(async (name) => parse(await readFile(join(this.#directory, name), "utf8"))));
    return entries.filter((entry) => entry !== undefined).sort((left, right) => left.at - right.at);
  }

  #path(attemptId: string): string {
    return join(this.#directory, `${encodeURIComponent(attemptId)}${SUFFIX}`);
  }

  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#directory, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}

function parse(text: string): SpooledOutcome | undefined {
  try {
    return spooled.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
