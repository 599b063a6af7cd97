import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { PolyflowError } from "@polyflow/contracts";
import type { FileEntry } from "@polyflow/sdk";
import type { ClosableFileStore } from "@polyflow/sdk/runtime";
import { Readable as ReadableStream } from "node:stream";
import type { HttpEndpoint } from "./http-endpoint.ts";
import { HttpSession } from "./http-session.ts";

const TRIES = 5;

/** Files of a web server: they can be read, by their address; a web server lists nothing and takes nothing. */
export class HttpFiles implements ClosableFileStore {
  readonly #session: HttpSession;
  readonly #connectionId: string;

  constructor(endpoint: HttpEndpoint) {
    this.#session = new HttpSession(endpoint);
    this.#connectionId = endpoint.connectionId;
  }

  list(mask: string): Promise<readonly FileEntry[]> {
    return Promise.reject(this.#cannot(`list ${mask}`));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const request = { path: safePath(path), method: "HEAD", headers: { "accept-encoding": "identity" }, tries: TRIES };
    const { status, headers, body } = await this.#session.send(request);
    body.resume();
    if (status === 404 || status === 410) return undefined;
    if (status >= 300) throw this.#session.failure(request, status, "");
    const modified = headers["last-modified"];
    return { path, size: Number(headers["content-length"] ?? 0), modified: modified === undefined ? undefined : new Date(modified) };
  }

  async read(path: string, { start = 0, signal }: { readonly start?: number; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const opened = await this.#open(path, start, signal);
    return ReadableStream.from(this.#resumed(path, opened, { start, signal }), { objectMode: false });
  }

  write(path: string): Promise<FileEntry> {
    return Promise.reject(this.#cannot(`write ${path}`));
  }

  move(from: string): Promise<void> {
    return Promise.reject(this.#cannot(`move ${from}`));
  }

  delete(path: string): Promise<void> {
    return Promise.reject(this.#cannot(`delete ${path}`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A download that breaks goes on with `Range`, as long as the server says that the file is the same. */
  async *#resumed(path: string, first: Opened, { start, signal }: { readonly start: number; readonly signal: AbortSignal | undefined }) {
    let opened = first;
    let position = start;
    for (let failures = 0; ; ) {
      try {
        for await (const chunk of opened.body) {
          const bytes: Uint8Array = chunk;
          position += bytes.length;
          failures = 0;
          yield bytes;
        }
        return;
      } catch (error) {
        signal?.throwIfAborted();
        failures++;
        if (failures >= TRIES || first.version === undefined) throw this.#broken(path, position, error);
        await sleep(100 * 2 ** failures, undefined, signal === undefined ? {} : { signal });
        opened = await this.#open(path, position, signal);
        if (opened.version !== first.version) throw this.#broken(path, position, new Error("the file has changed meanwhile"));
      }
    }
  }

  async #open(path: string, start: number, signal: AbortSignal | undefined): Promise<Opened> {
    const range = start > 0 ? { range: `bytes=${start}-` } : {};
    const request = {
      path: safePath(path),
      headers: { "accept-encoding": "identity", ...range },
      tries: TRIES,
      ...(signal === undefined ? {} : { signal }),
    };
    const { status, headers, body } = await this.#session.send(request);
    if (status === (start > 0 ? 206 : 200)) return { body, version: headers.etag ?? headers["last-modified"] };
    body.destroy();
    if (status === 404 || status === 410) {
      throw new PolyflowError(
        "file_not_found",
        `There is no file ${path} on connection "${this.#connectionId}" (the server answered ${status}).`,
      );
    }
    throw start > 0 && status === 200
      ? new PolyflowError(
          "external_system_failed",
          `The server of connection "${this.#connectionId}" cannot send ${path} from a place on: it ignores \`Range\`.`,
        )
      : this.#session.failure(request, status, "");
  }

  #broken(path: string, position: number, error: unknown): PolyflowError {
    const reason = error instanceof Error ? error.message : String(error);
    return new PolyflowError(
      "external_system_failed",
      `The download of ${path} on connection "${this.#connectionId}" broke after ${position} bytes: ${reason}.`,
      {
        cause: error,
      },
    );
  }

  #cannot(what: string): PolyflowError {
    return new PolyflowError(
      "request_invalid",
      `Connection "${this.#connectionId}" leads to a web server, which cannot ${what}: files there are only read, each by its path.`,
    );
  }
}

interface Opened {
  readonly body: Readable;
  /** What the server calls this state of the file. */
  readonly version: string | undefined;
}

/** @throws PolyflowError `request_invalid` for `..`, which would leave the connection's address */
function safePath(path: string): string {
  if (!path.split(/[/\\?#]/).includes("..") && !/%2e%2e/i.test(path)) return path;
  throw new PolyflowError("request_invalid", `The path ${path} leads out of the connection's address. Write it without \`..\`.`);
}
