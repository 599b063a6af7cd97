import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedPostgres } from "@polyflow/embedded-postgres";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { eventually } from "../../tests/harness/eventually.ts";

/** A PostgreSQL of its own with the settings of Polyflow's, for as long as the work takes. */
export async function withPostgres(work: (url: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "polyflow-peers-"));
  const server = createEmbeddedPostgres({ dir: join(dir, "postgres"), logger: silentLogger, clock: systemClock });
  try {
    await server.start();
    await work(server.connectionUrl("postgres"));
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

export function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/** A Redis of its own; durable: it answers when a write is on the disk, otherwise it has the settings that it comes with. */
export async function withRedis({ isDurable }: { readonly isDurable: boolean }, work: (url: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "polyflow-redis-"));
  const port = await freePort();
  const durable = isDurable ? ["--appendonly", "yes", "--appendfsync", "always", "--save", ""] : [];
  const server = spawn("redis-server", ["--bind", "127.0.0.1", "--port", String(port), "--dir", dir, ...durable], { stdio: "ignore" });
  try {
    await eventually("Redis to answer", () => (spawnSync("redis-cli", ["-p", String(port), "ping"]).status === 0 ? true : undefined));
    await work(`redis://127.0.0.1:${port}`);
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
