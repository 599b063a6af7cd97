import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "@polyflow/sdk";
import { FtpSrv } from "ftp-srv";

/** An FTP server of one test file. */
export interface FtpServer {
  readonly connection: Connection;
  readonly folder: string;
  stop(): Promise<void>;
}

/** @param tls whether it offers TLS, with a certificate of its own making, which the connection's `ca` names */
export async function startFtpServer(tls: boolean): Promise<FtpServer> {
  const home = mkdtempSync(join(tmpdir(), "ftpd-"));
  const folder = join(home, "files");
  mkdirSync(folder);
  const [key, cert] = [join(home, "key.pem"), join(home, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  if (tls)
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "2",
        ...subject,
      ],
      { stdio: "ignore" },
    );
  const server = new FtpSrv({
    url: "ftp://127.0.0.1:0",
    pasv_url: "127.0.0.1",
    ...(tls ? { tls: { key: readFileSync(key), cert: readFileSync(cert) } } : {}),
    log: silent(),
  });
  server.on("login", ({ username, password }, resolve, reject) => {
    if (username === "user" && password === "pw") resolve({ root: folder });
    else reject(new Error("refused"));
  });
  await server.listen();
  const address: unknown = Reflect.get(server, "server")?.address();
  const port = typeof address === "object" && address !== null ? Number(Reflect.get(address, "port")) : 0;
  return {
    folder,
    connection: {
      connectionId: "exchange",
      type: tls ? "ftps" : "ftp",
      host: "localhost",
      port,
      login: "user",
      password: "pw",
      schema: null,
      extra: tls ? { ca: readFileSync(cert, "utf8") } : {},
    },
    stop: async () => {
      await server.close();
      rmSync(home, { recursive: true });
    },
  };
}

/** The server's log, which nobody reads. */
function silent(): NonNullable<ConstructorParameters<typeof FtpSrv>[0]>["log"] {
  const none = (): void => undefined;
  const log = { trace: none, debug: none, info: none, warn: none, error: none, fatal: none, child: () => log };
  return log;
}
