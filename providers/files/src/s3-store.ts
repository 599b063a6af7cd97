import type { Readable } from "node:stream";
import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { FileEntry } from "@polyflow/sdk";
import { type ClosableFileStore, reasonOf } from "@polyflow/sdk/runtime";
import { fileMask } from "./file-mask.ts";
import { resumingRead } from "./resuming-read.ts";
import { encodeKey, type S3Client, S3Error, textAt, valueAt } from "./s3-client.ts";
import { storePath } from "./store-path.ts";
import { notFound } from "./transport-store.ts";

/** Parts of a large object; the service takes at most 10,000 of them, so that they grow with the object. */
const FIRST_PART_BYTES = 8 << 20;
const GROWS_EVERY = 1_000;
/** The greatest object that the service copies by itself. */
const LARGEST_COPY_BYTES = 5 * 2 ** 30;

/** A bucket. An object appears when it is complete: S3 itself sees to that. */
export class S3Store implements ClosableFileStore {
  readonly #client: S3Client;
  readonly #prefix: string;
  readonly #connectionId: string;

  /** @param prefix folder of the bucket that is the root, "" for the bucket itself */
  constructor(client: S3Client, prefix: string, connectionId: string) {
    this.#client = client;
    this.#prefix = prefix === "" ? "" : `${storePath(prefix)}/`;
    this.#connectionId = connectionId;
  }

  async greeting(): Promise<string> {
    await this.#do("list", () => this.#page(this.#prefix, { "max-keys": "1" }));
    return `S3 bucket ${this.#client.settings.bucket} at ${this.#client.settings.endpoint?.href ?? this.#client.settings.region}`;
  }

  async list(mask: string): Promise<readonly FileEntry[]> {
    const wanted = fileMask(mask);
    const found: FileEntry[] = [];
    let token: string | undefined;
    do {
      const page = await this.#do(`list ${wanted.prefix}`, () =>
        this.#page(`${this.#prefix}${wanted.prefix}`, token === undefined ? {} : { "continuation-token": token }),
      );
      const contents: unknown = valueAt(page, "ListBucketResult", "Contents");
      for (const item of Array.isArray(contents) ? contents : []) {
        const key = textAt(item, "Key") ?? "";
        const path = key.slice(this.#prefix.length);
        if (key.endsWith("/") || !wanted.matches(path)) continue;
        found.push({ path, size: Number(textAt(item, "Size")), modified: new Date(textAt(item, "LastModified") ?? "") });
      }
      token = textAt(page, "ListBucketResult", "NextContinuationToken");
    } while (token !== undefined);
    return found.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const safe = storePath(path);
    return this.#do(`look at ${safe}`, async () => {
      try {
        const { headers, body } = await this.#client.send({ method: "HEAD", key: this.#prefix + safe });
        body.resume();
        return { path: safe, size: Number(headers["content-length"]), modified: new Date(headers["last-modified"] ?? "") };
      } catch (error) {
        if (error instanceof S3Error && error.status === 404) return undefined;
        throw error;
      }
    });
  }

  async read(path: string, options: { readonly start?: number; readonly signal?: AbortSignal } = {}): Promise<Readable> {
    const safe = storePath(path);
    const entry = await this.stat(safe);
    if (entry === undefined) throw notFound(safe, this.#place());
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const open = (start: number): Promise<Readable> =>
      this.#do(`read ${safe}`, async () => {
        const headers = { range: `bytes=${start}-` };
        const { status, body } = await this.#client.send({ method: "GET", key: this.#prefix + safe, headers, ...signal });
        if (start > 0 && status !== 206) {
          body.destroy();
          throw new Error("the service ignores `Range`, so that a broken download cannot go on");
        }
        return body;
      });
    return resumingRead({ path: safe, start: options.start ?? 0, signal: options.signal, stat: () => this.stat(safe), open }, entry);
  }

  async write(path: string, content: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<FileEntry> {
    const safe = storePath(path);
    const key = this.#prefix + safe;
    return this.#do(`write ${safe}`, async () => {
      const upload = new Upload(this.#client, key, options.signal);
      try {
        for await (const part of partsOf(content)) await upload.add(part);
        await upload.finish();
      } catch (error) {
        await upload.abandon();
        throw error;
      }
      const there = await this.stat(safe);
      if (there?.size !== upload.bytes) throw new Error(`${upload.bytes} bytes were sent, ${there?.size ?? "none"} arrived`);
      return there;
    });
  }

  async move(from: string, to: string): Promise<void> {
    const [source, target] = [storePath(from), storePath(to)];
    await this.#do(`move ${source} to ${target}`, async () => {
      const entry = await this.stat(source);
      if (entry === undefined) throw notFound(source, this.#place());
      if (entry.size > LARGEST_COPY_BYTES) throw new Error("S3 copies at most 5 GB at once; transfer the file instead");
      const address = `/${this.#client.settings.bucket}/${(this.#prefix + source).split("/").map(encodeKey).join("/")}`;
      const answer = await this.#client.sendForXml({
        method: "PUT",
        key: this.#prefix + target,
        headers: { "x-amz-copy-source": address },
      });
      // a copy may fail after the service has said 200
      const failure = textAt(answer, "Error", "Code");
      if (failure !== undefined) throw new S3Error(200, failure, textAt(answer, "Error", "Message") ?? "");
      await this.delete(source);
    });
  }

  async delete(path: string): Promise<void> {
    const safe = storePath(path);
    const { body } = await this.#do(`delete ${safe}`, () => this.#client.send({ method: "DELETE", key: this.#prefix + safe }));
    body.resume();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #page(prefix: string, more: { readonly [name: string]: string }): Promise<unknown> {
    return this.#client.sendForXml({ method: "GET", query: { "list-type": "2", prefix, ...more } }, ["Contents"]);
  }

  #place(): string {
    return `connection "${this.#connectionId}" (S3 bucket ${this.#client.settings.bucket})`;
  }

  async #do<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (isPolyflowError(error) || (error instanceof Error && error.name === "AbortError")) throw error;
      throw new PolyflowError("external_system_failed", `Cannot ${what} on ${this.#place()}: ${reasonOf(error)}.`, { cause: error });
    }
  }
}

/** An object on its way: one request where it fits into one, a multipart upload otherwise. */
class Upload {
  bytes = 0;
  readonly #client: S3Client;
  readonly #key: string;
  readonly #signal: { readonly signal?: AbortSignal };
  readonly #tags: string[] = [];
  #first: Uint8Array | undefined;
  #id: string | undefined;

  constructor(client: S3Client, key: string, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#key = key;
    this.#signal = signal === undefined ? {} : { signal };
  }

  async add(part: Uint8Array): Promise<void> {
    this.bytes += part.length;
    if (this.#first === undefined && this.#id === undefined) {
      this.#first = part;
      return;
    }
    if (this.#id === undefined) {
      const answer = await this.#client.sendForXml({ method: "POST", key: this.#key, query: { uploads: "" }, ...this.#signal });
      this.#id = textAt(answer, "InitiateMultipartUploadResult", "UploadId") ?? "";
      await this.#send(this.#first ?? new Uint8Array());
      this.#first = undefined;
    }
    await this.#send(part);
  }

  async finish(): Promise<void> {
    if (this.#id === undefined) {
      const { body } = await this.#client.send({ method: "PUT", key: this.#key, body: this.#first ?? new Uint8Array(), ...this.#signal });
      body.resume();
      return;
    }
    const parts = this.#tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const answer = await this.#client.sendForXml({ method: "POST", key: this.#key, query: { uploadId: this.#id }, body, ...this.#signal });
    const failure = textAt(answer, "Error", "Code");
    if (failure !== undefined) throw new S3Error(200, failure, textAt(answer, "Error", "Message") ?? "");
  }

  /** Parts of an upload that nobody completes cost money; where this fails too, the bucket's life cycle rules have to remove them. */
  async abandon(): Promise<void> {
    if (this.#id === undefined) return;
    const query = { uploadId: this.#id };
    await this.#client.send({ method: "DELETE", key: this.#key, query }).then(
      ({ body }) => body.resume(),
      () => undefined,
    );
  }

  async #send(body: Uint8Array): Promise<void> {
    const query = { partNumber: String(this.#tags.length + 1), uploadId: this.#id ?? "" };
    const answer = await this.#client.send({ method: "PUT", key: this.#key, query, body, ...this.#signal });
    answer.body.resume();
    this.#tags.push(String(answer.headers.etag ?? ""));
  }
}

async function* partsOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let count = 0;
  let target = Buffer.allocUnsafe(FIRST_PART_BYTES);
  let filled = 0;
  for await (const chunk of content) {
    for (let taken = 0; taken < chunk.length; ) {
      const share = Math.min(chunk.length - taken, target.length - filled);
      target.set(chunk.subarray(taken, taken + share), filled);
      taken += share;
      filled += share;
      if (filled < target.length) continue;
      yield target;
      count++;
      target = Buffer.allocUnsafe(FIRST_PART_BYTES * 2 ** Math.floor(count / GROWS_EVERY));
      filled = 0;
    }
  }
  if (filled > 0 || count === 0) yield target.subarray(0, filled);
}
