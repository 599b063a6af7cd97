import { createHash } from "node:crypto";
import { type HttpAnswer, type HttpTls, answerText, httpCall } from "@polyflow/sdk/runtime";

export interface S3Settings {
  readonly endpoint: URL | undefined;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly pathStyle: boolean;
  readonly tls: HttpTls;
}

export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly key?: string;
  readonly query?: { readonly [name: string]: string };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
}

/** What the service answered instead of what was asked. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${code === "" ? `status ${status}` : code}${message === "" ? "" : `: ${message}`}`);
    this.name = "S3Error";
    this.status = status;
    this.code = code;
  }
}

/** Answers that are no data are small. */
const LONGEST_XML_BYTES = 16 << 20;
const TRIES = 4;
const FIRST_DELAY_MS = 100;

/**
 * The calls of S3: signed, with a checksum over every body, tried again where the service is busy. One request at a time is in memory.
 */
export class S3Client {
  readonly settings: S3Settings;

  constructor(settings: S3Settings) {
    this.settings = settings;
  }

  /** @throws S3Error for every answer that is no success */
  async send(request: S3Request): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#sendOnce(request).catch((error: unknown) => {
        if (attempt >= TRIES || request.signal?.aborted === true) throw error;
        return undefined;
      });
      if (answer !== undefined && answer.status < 300) return answer;
      const isBusy = answer === undefined || answer.status >= 500 || answer.status === 429;
      if (answer !== undefined && (!isBusy || attempt >= TRIES)) throw await failureOf(answer);
      answer?.body.destroy();
      const delay = FIRST_DELAY_MS * 2 ** attempt;
      await new Promise((resolve) => {
        setTimeout(resolve, delay);
      });
    }
  }

  /** An answer's XML, with elements that may repeat as lists. */
  async sendForXml(request: S3Request, lists: readonly string[] = []): Promise<unknown> {
    const xml = await answerText(await this.send(request), LONGEST_XML_BYTES);
    return parseXml(xml, lists);
  }

  async #sendOnce({ method, key = "", query = {}, headers = {}, body, signal }: S3Request): Promise<HttpAnswer> {
    const { accessKeyId, secretAccessKey, sessionToken, region, tls } = this.settings;
    const url = this.#address(key, query);
    const common = { method, url, tls, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
    const sent = body === undefined ? headers : { "content-type": "application/octet-stream", ...headers };
    if (accessKeyId === undefined || secretAccessKey === undefined) return httpCall({ ...common, headers: sent });
    const { AwsV4Signer } = await import("aws4fetch");
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: {
        ...sent,
        "x-amz-content-sha256": createHash("sha256")
          .update(body ?? "")
          .digest("hex"),
      },
      accessKeyId,
      secretAccessKey,
      service: "s3",
      region,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    });
    const signed = await signer.sign();
    return httpCall({ ...common, url: signed.url, headers: Object.fromEntries(signed.headers) });
  }

  #address(key: string, query: S3Request["query"] = {}): URL {
    const { endpoint, region, bucket, pathStyle } = this.settings;
    const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
    if (!pathStyle) url.hostname = `${bucket}.${url.hostname}`;
    const base = url.pathname.replace(/\/$/, "");
    url.pathname = `${base}${pathStyle ? `/${bucket}` : ""}/${key.split("/").map(encodeKey).join("/")}`;
    url.search = new URLSearchParams(query).toString().replaceAll("+", "%20");
    return url;
  }
}

/** A key in an address: what encodeURIComponent leaves is not all that the signature leaves. */
export function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function failureOf(answer: HttpAnswer): Promise<S3Error> {
  const xml = await answerText(answer, LONGEST_XML_BYTES).catch(() => "");
  const found: unknown = xml.includes("<Error") ? await parseXml(xml, []) : {};
  const part = (name: string): string => textAt(found, "Error", name) ?? "";
  return new S3Error(answer.status, part("Code"), part("Message"));
}

async function parseXml(xml: string, lists: readonly string[]): Promise<unknown> {
  if (xml.includes("<!DOCTYPE")) throw new S3Error(200, "", "the answer declares a document type, which no S3 service does");
  const { XMLParser } = await import("fast-xml-parser");
  return new XMLParser({ parseTagValue: false, ignoreAttributes: true, isArray: (name) => lists.includes(name) }).parse(xml);
}

/** The text at a path of parsed XML. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined), value);
}
