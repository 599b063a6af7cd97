import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { createEmbeddedPostgres } from "./embedded-postgres.ts";
import { findFreePort } from "./free-port.ts";

export interface TemporaryPostgres {
  /** Superuser URL of the database `postgres` on 127.0.0.1. */
  readonly adminUrl: string;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

const PREFIX = "polyflow-temporary-postgres-";

/**
 * A throw-away PostgreSQL in the temporary folder: fast, not durable. What killed processes have left behind is cleared away first.
 * @example
 * const postgres = await startTemporaryPostgres();
 * await postgres.stop();
 */
export async function startTemporaryPostgres(options: { readonly binDir?: string } = {}): Promise<TemporaryPostgres> {
  await clearLeftovers();
  const dir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const postgres = createEmbeddedPostgres({
    ...options,
    dir,
    // Below the ports that systems hand out for outgoing connections, and spread so that runs side by side do not race for one.
    port: await findFreePort(20_000 + (process.pid % 10_000)),
    durable: false,
    logger: silentLogger,
    clock: systemClock,
  });
  await postgres.start();
  return {
    adminUrl: postgres.tcpUrl("postgres"),
    async stop() {
      await postgres.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function clearLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (!Number.isInteger(owner) || isAlive(owner)) continue;
    const dir = join(tmpdir(), name);
    const lines = (await readFile(join(dir, "data", "postmaster.pid"), "utf8").catch(() => "")).split("\n");
    const server = Number.parseInt(lines[0] ?? "", 10);
    if (Number.isInteger(server) && lines[1] === join(dir, "data") && isAlive(server)) process.kill(server, "SIGQUIT");
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
