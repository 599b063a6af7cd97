import { readFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import type { Connection, FileEntry } from "@polyflow/sdk";
import type { ConnectionSettings } from "@polyflow/sdk/runtime";
import type { AccessOptions, Client } from "basic-ftp";
import { folderOf, nameOf } from "./store-path.ts";
import type { FolderEntry, Transport } from "./transport.ts";

const PORT = 21;
const KEPT_CONNECTIONS = 2;

/** An FTP server, with TLS for connections of type `ftps`: then its certificate is verified. */
export class FtpTransport implements Transport {
  readonly place: string;
  readonly #access: AccessOptions;
  readonly #root: string;
  readonly #timeoutMs: number;
  /** A control connection does one thing at a time; those at rest wait here. */
  readonly #idle: Client[] = [];

  constructor(connection: Connection, settings: ConnectionSettings) {
    const isTls = connection.type === "ftps";
    const host = settings.require("host");
    const port = settings.number("port") ?? (settings.flag("implicit") ? 990 : PORT);
    const ca = settings.text("ca");
    this.#root = (settings.text("path") ?? "").replace(/\/+$/, "");
    this.#timeoutMs = (settings.number("timeout") ?? 30) * 1000;
    this.place = `${connection.type}://${host}:${port}${this.#root}`;
    this.#access = {
      host,
      port,
      user: settings.text("login") ?? "anonymous",
      password: settings.text("password") ?? "",
      secure: isTls ? (settings.flag("implicit") ? "implicit" : true) : false,
      secureOptions: {
        servername: host,
        rejectUnauthorized: !settings.flag("insecure"),
        ...(ca === undefined ? {} : { ca: ca.includes("-----BEGIN") ? ca : readFileSync(ca, "utf8") }),
      },
    };
  }

  async greeting(): Promise<string> {
    const folder = await this.#with((client) => client.pwd());
    return `FTP at ${this.place}, folder ${folder}`;
  }

  async listFolder(folder: string): Promise<readonly FolderEntry[] | undefined> {
    const list = await ifThere(this.#with((client) => client.list(this.#absolute(folder))));
    return list?.map((entry) => ({
      name: entry.name,
      kind: entry.isDirectory ? "folder" : entry.isFile ? "file" : "other",
      size: entry.size,
      modified: entry.modifiedAt,
    }));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const absolute = this.#absolute(path);
    // SIZE and MDTM are later additions to the protocol, which not every server has, or has rightly: then the folder says it
    const size = await ifThere(this.#with((client) => client.size(absolute).catch(keepAbsence)));
    if (size === undefined) return undefined;
    const modified = await this.#with((client) => client.lastMod(absolute).catch(() => undefined));
    if (size !== "unknown") return { path, size, modified };
    const listed = (await this.listFolder(folderOf(path)))?.find((entry) => entry.kind === "file" && entry.name === nameOf(path));
    return listed === undefined ? undefined : { path, size: listed.size, modified: modified ?? listed.modified };
  }

  async openRead(path: string, start: number): Promise<Readable> {
    const client = await this.#take();
    const stream = new PassThrough({ highWaterMark: 256 << 10 });
    client.downloadTo(stream, this.#absolute(path), start).then(
      () => this.#giveBack(client),
      (error: unknown) => {
        client.close();
        stream.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    );
    stream.once("close", () => {
      if (!stream.readableEnded) client.close();
    });
    return stream;
  }

  async writeNew(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#with((client) => client.uploadFrom(Readable.from(content, { objectMode: false }), this.#absolute(path)));
  }

  async rename(from: string, to: string): Promise<void> {
    const [source, target] = [this.#absolute(from), this.#absolute(to)];
    await this.#with(async (client) => {
      try {
        await client.rename(source, target);
      } catch (error) {
        // most servers replace; where one does not, there is a moment without a file, but never a half one
        if ((await ifThere(client.size(target))) === undefined) throw error;
        await client.remove(target);
        await client.rename(source, target);
      }
    });
  }

  async remove(path: string): Promise<void> {
    await this.#with((client) => client.remove(this.#absolute(path)));
  }

  async makeFolder(folder: string): Promise<void> {
    await this.#with(async (client) => {
      const steps = folder.split("/");
      for (let count = 1; count <= steps.length; count++) {
        // refused where it is there already; a folder that is missing shows when the file is written
        await client.send(`MKD ${this.#absolute(steps.slice(0, count).join("/"))}`, true);
      }
    });
  }

  async close(): Promise<void> {
    for (const client of this.#idle.splice(0)) client.close();
  }

  #absolute(path: string): string {
    return path === "" ? this.#root || "/" : `${this.#root}/${path}`;
  }

  async #with<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = await this.#take();
    try {
      const result = await work(client);
      this.#giveBack(client);
      return result;
    } catch (error) {
      if (isAnswer(error)) this.#giveBack(client);
      else client.close();
      throw error;
    }
  }

  async #take(): Promise<Client> {
    for (let client = this.#idle.pop(); client !== undefined; client = this.#idle.pop()) if (!client.closed) return client;
    const ftp = await import("basic-ftp");
    const client = new ftp.Client(this.#timeoutMs);
    try {
      await client.access(this.#access);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  #giveBack(client: Client): void {
    if (client.closed || this.#idle.length >= KEPT_CONNECTIONS) client.close();
    else this.#idle.push(client);
  }
}

/** An answer of the server, after which the connection can go on. */
function isAnswer(error: unknown): error is Error & { readonly code: number } {
  return error instanceof Error && error.name === "FTPError" && "code" in error && typeof error.code === "number";
}

/** 550 by the standard; some servers answer otherwise and only say it. */
function isAbsence(error: unknown): boolean {
  return isAnswer(error) && (error.code === 550 || /ENOENT|no such file/i.test(error.message));
}

function keepAbsence(error: unknown): "unknown" {
  if (isAbsence(error)) throw error;
  if (isAnswer(error) || (error instanceof Error && error.message.startsWith("Can't parse"))) return "unknown";
  throw error;
}

async function ifThere<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
