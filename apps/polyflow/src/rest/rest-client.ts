import { ERROR_CODES, type ErrorCode, PolyflowError } from "@polyflow/contracts";
import { errorBody } from "@polyflow/contracts/wire";
import type { z } from "zod";

const REQUEST_TIMEOUT_MS = 30_000;

/** Speaks to a running server: the public API, and what the interface reads. */
export class RestClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url.replace(/\/+$/, "");
    this.#token = token;
  }

  async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return schema.parse(await this.#request("GET", path));
  }

  async send<Schema extends z.ZodType>(
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    return schema.parse(await this.#request(method, path, body));
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new PolyflowError(
        "server_unavailable",
        `No Polyflow server answers at ${this.url}. Start it with \`npm start\`, or name another with --url.`,
        {
          cause: error,
        },
      );
    });
    const text = await answer.text();
    if (!answer.ok) throw toError(answer.status, text);
    return text === "" ? undefined : JSON.parse(text);
  }
}

function toError(status: number, text: string): PolyflowError {
  const body = errorBody.safeParse(parseJson(text));
  if (!body.success) return new PolyflowError("server_unavailable", `The server answered ${status}: ${text.slice(0, 500)}`);
  const { code, detail, details = {} } = body.data;
  return new PolyflowError(isErrorCode(code) ? code : "internal", detail, { details });
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_CODES;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
