import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

export interface HttpCall {
  readonly url: URL;
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Time without a byte, both ways. @default 60 s */
  readonly idleTimeoutMs?: number;
  readonly tls?: HttpTls;
}

/** Certificates are verified unless somebody says otherwise. */
export interface HttpTls {
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed; read it to the end, or destroy it. */
  readonly body: Readable;
}

const IDLE_TIMEOUT_MS = 60_000;

/**
 * One HTTP request, without redirects, retries or a memory: whoever calls decides about those. Rejects when there is no answer.
 * @example const { status, body } = await httpCall({ url: new URL("https://api.example/orders") });
 */
export async function httpCall(call: HttpCall): Promise<HttpAnswer> {
  const { url, method = "GET", headers = {}, body, signal, idleTimeoutMs = IDLE_TIMEOUT_MS, tls = {} } = call;
  const modules = await networkModules();
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...lengthOf(body), ...headers }, ...(signal === undefined ? {} : { signal }) };
    const request = url.protocol === "https:" ? modules.https.request(url, { ...options, ...tls }) : modules.http.request(url, options);
    request.setTimeout(idleTimeoutMs, () => request.destroy(new Error(`no answer for ${idleTimeoutMs / 1000} s`)));
    request.once("error", reject);
    request.once("response", (message) => {
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: decompressed(message, modules.zlib) });
    });
    request.end(body);
  });
}

type NetworkModules = Awaited<ReturnType<typeof networkModules>>;

/** Loaded with the first call: they take a tenth of a task process's start, and few tasks need them. */
async function networkModules() {
  const [http, https, zlib] = await Promise.all([import("node:http"), import("node:https"), import("node:zlib")]);
  return { http, https, zlib };
}

/** The text of an answer. @throws RangeError for more than `limitBytes` */
export async function answerText({ body }: HttpAnswer, limitBytes: number): Promise<string> {
  let bytes = 0;
  body.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > limitBytes) body.destroy(new RangeError(`the answer has more than ${limitBytes} bytes`));
  });
  return text(body);
}

/** What went wrong on the way, in words: Node hides the reason in the cause or in a list. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join("; ");
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? `${error.message}: ${error.cause.message}` : error.message;
}

function lengthOf(body: HttpCall["body"]): { readonly [name: string]: string } {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function decompressed(message: IncomingMessage, zlib: NetworkModules["zlib"]): Readable {
  const decoder = decoderOf(message.headers["content-encoding"], zlib);
  if (decoder === undefined) return message;
  message.once("error", (error) => decoder.destroy(error));
  decoder.once("close", () => message.destroy());
  return message.pipe(decoder);
}

function decoderOf(encoding: string | undefined, zlib: NetworkModules["zlib"]) {
  if (encoding === "gzip" || encoding === "x-gzip") return zlib.createGunzip();
  if (encoding === "deflate") return zlib.createInflate();
  return encoding === "br" ? zlib.createBrotliDecompress() : undefined;
}
