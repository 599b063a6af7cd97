import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "@polyflow/sdk";

/** A server of one test file. */
export interface QueueServer {
  readonly connection: Connection;
  stop(): Promise<void>;
}

export const hasRedis = existsSync("/usr/bin/redis-server");
export const hasRabbitmq = existsSync("/usr/sbin/rabbitmq-server");

export async function startRedis(): Promise<QueueServer> {
  const home = mkdtempSync(join(tmpdir(), "redis-"));
  const port = await freePort();
  const server = spawn(
    "/usr/bin/redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--dir", home, "--save", "", "--appendonly", "no"],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  await said(server.stdout, "Ready to accept connections");
  return {
    connection: { connectionId: "cache", type: "redis", host: "127.0.0.1", port, login: null, password: null, schema: null, extra: {} },
    stop: async () => {
      const gone = once(server, "exit");
      server.kill("SIGKILL");
      await gone;
      rmSync(home, { recursive: true });
    },
  };
}

export async function startRabbitmq(): Promise<QueueServer> {
  const home = mkdtempSync(join(tmpdir(), "rabbit-"));
  const [port, distribution] = [await freePort(), await freePort()];
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: home,
    RABBITMQ_NODENAME: `t${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(home, "data"),
    RABBITMQ_LOG_BASE: join(home, "log"),
    RABBITMQ_PID_FILE: join(home, "pid"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, "plugins"),
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    ERL_EPMD_ADDRESS: "127.0.0.1",
  };
  const server = spawn("/usr/lib/rabbitmq/bin/rabbitmq-server", [], { env, stdio: ["ignore", "pipe", "ignore"], detached: true });
  await said(server.stdout, "completed with");
  return {
    connection: { connectionId: "mq", type: "rabbitmq", host: "127.0.0.1", port, login: null, password: null, schema: null, extra: {} },
    stop: async () => {
      const gone = once(server, "exit");
      // the script has programs of its own
      if (server.pid !== undefined) process.kill(-server.pid, "SIGKILL");
      await gone;
      execFileSync("rm", ["-rf", home]);
    },
  };
}

function said(output: NodeJS.ReadableStream, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    output.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(words)) resolve();
    });
    output.once("end", () => reject(new Error(`the server did not start: ${text}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  // the distribution of Erlang takes ports below 65536 minus its range
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
