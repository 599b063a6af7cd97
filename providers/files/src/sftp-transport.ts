import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { Connection, FileEntry } from "@polyflow/sdk";
import type { ConnectionSettings } from "@polyflow/sdk/runtime";
import type { Client, ConnectConfig, SFTPWrapper, Stats } from "ssh2";
import { sftpRead } from "./sftp-read.ts";
import { isKnownKey, isNamedKey, keyFingerprint } from "./ssh-host-key.ts";
import type { FolderEntry, Transport } from "./transport.ts";

const PORT = 22;
const SFTP_NO_SUCH_FILE = 2;

/** An SFTP server. Its key is verified: by the connection's `host_key`, or by known_hosts. */
export class SftpTransport implements Transport {
  readonly place: string;
  readonly #connection: Connection;
  readonly #settings: ConnectionSettings;
  readonly #root: string;
  #session: Promise<{ readonly client: Client; readonly sftp: SFTPWrapper }> | undefined;

  constructor(connection: Connection, settings: ConnectionSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#root = (settings.text("path") ?? ".").replace(/\/+$/, "") || "/";
    this.place = `sftp://${settings.require("host")}:${settings.number("port") ?? PORT}/${this.#root === "." ? "" : this.#root.replace(/^\//, "")}`;
  }

  /** What the server calls itself. */
  async greeting(): Promise<string> {
    const sftp = await this.#sftp();
    const folder = await new Promise<string>((resolve, reject) => {
      sftp.realpath(this.#root, (error, path) => (error === undefined || error === null ? resolve(path) : reject(error)));
    });
    return `SFTP at ${this.place}, folder ${folder}`;
  }

  async listFolder(folder: string): Promise<readonly FolderEntry[] | undefined> {
    const sftp = await this.#sftp();
    const list = await ifThere(
      new Promise<{ filename: string; attrs: Stats }[]>((resolve, reject) => {
        sftp.readdir(this.#absolute(folder), (error, found) => (isFailure(error) ? reject(error) : resolve(found)));
      }),
    );
    if (list === undefined) return undefined;
    return Promise.all(
      list.map(async ({ filename, attrs }) => {
        // links are followed by the server, which knows what its users may see
        const followed = attrs.isSymbolicLink() ? await this.#statOf(folder === "" ? filename : `${folder}/${filename}`) : attrs;
        const kind = followed?.isDirectory() === true ? "folder" : followed?.isFile() === true ? "file" : "other";
        return {
          name: filename,
          kind,
          size: followed?.size ?? 0,
          modified: followed === undefined ? undefined : new Date(followed.mtime * 1000),
        };
      }),
    );
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const found = await this.#statOf(path);
    return found?.isFile() === true ? { path, size: found.size, modified: new Date(found.mtime * 1000) } : undefined;
  }

  async openRead(path: string, start: number): Promise<Readable> {
    return Readable.from(sftpRead(await this.#sftp(), this.#absolute(path), start), { objectMode: false, highWaterMark: 1 << 20 });
  }

  async writeNew(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const sftp = await this.#sftp();
    await pipeline(content, sftp.createWriteStream(this.#absolute(path), { flags: "wx", highWaterMark: 256 << 10 }));
  }

  async rename(from: string, to: string): Promise<void> {
    const sftp = await this.#sftp();
    const [source, target] = [this.#absolute(from), this.#absolute(to)];
    const replaces = await answered((done) => sftp.ext_openssh_rename(source, target, done)).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && /not supported|unsupported/i.test(error.message)) return false;
        throw error;
      },
    );
    if (replaces) return;
    // servers other than OpenSSH refuse to replace: then there is a moment without a file, but never a half one
    if ((await this.stat(to)) !== undefined) await this.remove(to);
    await answered((done) => sftp.rename(source, target, done));
  }

  async remove(path: string): Promise<void> {
    const sftp = await this.#sftp();
    await answered((done) => sftp.unlink(this.#absolute(path), done));
  }

  async makeFolder(folder: string): Promise<void> {
    const sftp = await this.#sftp();
    const steps = folder.split("/");
    for (let count = 1; count <= steps.length; count++) {
      const path = steps.slice(0, count).join("/");
      if ((await this.#statOf(path)) === undefined) {
        await answered((done) => sftp.mkdir(this.#absolute(path), done)).catch(async (error: unknown) => {
          // another load may have made it just now
          if ((await this.#statOf(path)) === undefined) throw error;
        });
      }
    }
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    session?.client.end();
  }

  #absolute(path: string): string {
    return path === "" ? this.#root : `${this.#root === "/" ? "" : this.#root}/${path}`;
  }

  async #statOf(path: string): Promise<Stats | undefined> {
    const sftp = await this.#sftp();
    return ifThere(
      new Promise<Stats>((resolve, reject) => {
        sftp.stat(this.#absolute(path), (error, found) => (isFailure(error) ? reject(error) : resolve(found)));
      }),
    );
  }

  /** The session, opened anew where it has ended. */
  async #sftp(): Promise<SFTPWrapper> {
    this.#session ??= this.#connect();
    try {
      return (await this.#session).sftp;
    } catch (error) {
      this.#session = undefined;
      throw error;
    }
  }

  async #connect(): Promise<{ readonly client: Client; readonly sftp: SFTPWrapper }> {
    const { default: ssh2 } = await import("ssh2");
    const client = new ssh2.Client();
    const refusal: { error?: PolyflowError } = {};
    const config = await this.#config(refusal);
    const forget = (): void => {
      this.#session = undefined;
    };
    return new Promise((resolve, reject) => {
      client.once("close", forget);
      client.on("error", (error) => {
        forget();
        reject(refusal.error ?? error);
      });
      client.once("ready", () => {
        // questions are small and wait for answers: none may be held back to be sent with others
        client.setNoDelay(true);
        client.sftp((error, sftp) => {
          if (isFailure(error)) reject(error);
          else resolve({ client, sftp });
        });
      });
      client.connect(config);
    });
  }

  async #config(refusal: { error?: PolyflowError }): Promise<ConnectConfig> {
    const settings = this.#settings;
    const host = settings.require("host");
    const port = settings.number("port") ?? PORT;
    const key = settings.text("private_key");
    const knownHosts = await this.#knownHosts();
    const optional = { password: settings.text("password"), passphrase: settings.text("private_key_passphrase") };
    return {
      host,
      port,
      username: settings.require("login"),
      readyTimeout: (settings.number("connect_timeout") ?? 10) * 1000,
      keepaliveInterval: 10_000,
      ...(key === undefined ? {} : { privateKey: key.includes("PRIVATE KEY-----") ? key : await readFile(key) }),
      ...(optional.password === undefined ? {} : { password: optional.password, tryKeyboard: false }),
      ...(optional.passphrase === undefined ? {} : { passphrase: optional.passphrase }),
      hostVerifier: (shown: Buffer) => {
        const named = settings.text("host_key");
        if (settings.flag("no_host_key_check")) return true;
        if (named === undefined ? isKnownKey(shown, { host, port }, knownHosts) : isNamedKey(shown, named)) return true;
        refusal.error = this.#unknownKey(shown, named);
        return false;
      },
    };
  }

  async #knownHosts(): Promise<string> {
    const named = this.#settings.text("known_hosts");
    try {
      return await readFile(named ?? join(homedir(), ".ssh", "known_hosts"), "utf8");
    } catch (error) {
      if (named === undefined) return "";
      throw new PolyflowError(
        "config_invalid",
        `The file ${named}, which connection "${this.#connection.connectionId}" names as known_hosts, cannot be read: ${String(error)}.`,
        {
          cause: error,
        },
      );
    }
  }

  #unknownKey(shown: Buffer, named: string | undefined): PolyflowError {
    const expected = named === undefined ? "known_hosts has no such key for it" : "the connection's `host_key` is another";
    return new PolyflowError(
      "host_key_unknown",
      `The SSH server ${this.place} of connection "${this.#connection.connectionId}" shows the key ${keyFingerprint(shown)}, and ${expected}. ` +
        "Compare it with what `ssh-keygen -lf` says on the server itself; if it is the same, write it as `host_key` into the connection's extra.",
    );
  }
}

function isFailure(error: unknown): error is Error {
  return error instanceof Error;
}

function answered(call: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (isFailure(error) ? reject(error) : resolve()));
  });
}

async function ifThere<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === SFTP_NO_SUCH_FILE) return undefined;
    throw error;
  }
}
