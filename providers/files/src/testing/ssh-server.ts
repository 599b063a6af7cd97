import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "@polyflow/sdk";

const SSHD = "/usr/sbin/sshd";

/** An OpenSSH server of one test file, for the user that runs it. */
export interface SshServer {
  /** With the server's key and the user's; paths are below `folder`. */
  readonly connection: Connection;
  readonly folder: string;
  /** The server's public key, as in known_hosts. */
  readonly hostKey: string;
  /** Ends the sessions that are open; the server itself goes on. */
  dropSessions(): void;
  stop(): Promise<void>;
}

export const hasSshServer = existsSync(SSHD);

export async function startSshServer(): Promise<SshServer> {
  const home = mkdtempSync(join(tmpdir(), "sshd-"));
  for (const name of ["host", "user"]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(home, name)]);
  const folder = join(home, "files");
  mkdirSync(folder);
  // where sshd is run by root, it wants this folder; a system service would have made it
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const port = await freePort();
  writeFileSync(
    join(home, "config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(home, "host")}`,
      `AuthorizedKeysFile ${join(home, "user.pub")}`,
      "PidFile none",
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "Subsystem sftp internal-sftp",
    ].join("\n"),
  );
  const server = spawn(SSHD, ["-D", "-e", "-f", join(home, "config")], { stdio: ["ignore", "ignore", "pipe"], detached: true });
  await new Promise<void>((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Server listening")) resolve();
    });
    server.once("exit", () => reject(new Error(`sshd did not start: ${said}`)));
  });
  const hostKey = readFileSync(join(home, "host.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  return {
    folder,
    hostKey,
    connection: {
      connectionId: "partner",
      type: "sftp",
      host: "127.0.0.1",
      port,
      login: userInfo().username,
      password: null,
      schema: null,
      extra: { private_key: readFileSync(join(home, "user"), "utf8"), host_key: hostKey, path: folder },
    },
    dropSessions: () => {
      const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
      for (const child of children) process.kill(Number(child), "SIGTERM");
    },
    stop: async () => {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
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
