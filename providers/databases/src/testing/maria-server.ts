import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "@polyflow/sdk";

const SERVER = "/usr/sbin/mariadbd";

/** A MariaDB server of one test file, with an empty database `shop`. */
export interface MariaServer {
  readonly connection: Connection;
  stop(): Promise<void>;
}

export const hasMariaServer = existsSync(SERVER);

export async function startMariaServer(): Promise<MariaServer> {
  const home = mkdtempSync(join(tmpdir(), "maria-"));
  const { username } = userInfo();
  const common = ["--no-defaults", `--datadir=${join(home, "data")}`, `--user=${username}`];
  execFileSync("mariadb-install-db", [...common, "--auth-root-authentication-method=normal", "--skip-test-db"], { stdio: "ignore" });
  const port = await freePort();
  const options = [`--port=${port}`, "--bind-address=127.0.0.1", `--socket=${join(home, "s")}`, `--pid-file=${join(home, "pid")}`];
  const server = spawn(SERVER, [...common, ...options, "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("ready for connections")) resolve();
    });
    server.once("exit", () => reject(new Error(`mariadbd did not start: ${said}`)));
  });
  execFileSync("mariadb", [`--socket=${join(home, "s")}`, "-u", "root", "-e", "create database shop character set utf8mb4"], {
    stdio: "ignore",
  });
  return {
    connection: { connectionId: "shop", type: "mysql", host: "127.0.0.1", port, login: "root", password: null, schema: "shop", extra: {} },
    stop: async () => {
      const gone = once(server, "exit");
      server.kill("SIGKILL");
      await gone;
      rmSync(home, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
