import { PolyflowError } from "@polyflow/contracts";
import { answerText, httpCall, reasonOf } from "@polyflow/sdk/runtime";
import { z } from "zod";
import type { HttpEndpoint } from "./http-endpoint.ts";

/** A token is asked for again so long before it ends, so that none ends on its way. */
const MARGIN_MS = 30_000;
const LONGEST_ANSWER_BYTES = 1 << 20;
const DEFAULT_LIFE_S = 300;

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().optional() });

/** The access token of an OAuth 2 client (grant `client_credentials`), asked for at first use and again before it ends. */
export class AccessToken {
  readonly #endpoint: HttpEndpoint;
  #token: Promise<{ readonly value: string; readonly untilMs: number }> | undefined;

  constructor(endpoint: HttpEndpoint) {
    this.#endpoint = endpoint;
  }

  /** @throws PolyflowError `external_system_failed` without anything secret */
  async value(): Promise<string> {
    const known = await this.#token;
    if (known !== undefined && known.untilMs > performance.now()) return known.value;
    this.#token = this.#ask();
    try {
      return (await this.#token).value;
    } catch (error) {
      this.#token = undefined;
      throw error;
    }
  }

  /** The service says that the token is no good any more. */
  forget(): void {
    this.#token = undefined;
  }

  async #ask(): Promise<{ readonly value: string; readonly untilMs: number }> {
    const { settings, tls, idleTimeoutMs } = this.#endpoint;
    const url = URL.parse(settings.require("token_url"));
    if (url === null) throw this.#failure("its `token_url` is no address");
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    for (const name of ["scope", "audience"]) {
      const value = settings.text(name);
      if (value !== undefined) form.set(name, value);
    }
    const client = [settings.require("login"), settings.require("password")].map(encodeURIComponent).join(":");
    const headers = {
      authorization: `Basic ${Buffer.from(client).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    };
    const call = { url, method: "POST", headers, body: form.toString(), tls, idleTimeoutMs };
    const answer = await httpCall(call).catch((error: unknown) => {
      throw this.#failure(reasonOf(error), error);
    });
    const text = await answerText(answer, LONGEST_ANSWER_BYTES);
    if (answer.status !== 200) throw this.#failure(`${url.href} answered ${answer.status}`);
    const parsed = tokenAnswer.safeParse(jsonOf(text));
    if (!parsed.success) throw this.#failure(`${url.href} answered no \`access_token\``);
    const { access_token: value, expires_in: seconds = DEFAULT_LIFE_S } = parsed.data;
    return { value, untilMs: performance.now() + Math.max(seconds * 1000 - MARGIN_MS, 1000) };
  }

  #failure(why: string, cause?: unknown): PolyflowError {
    const message = `Connection "${this.#endpoint.connectionId}" got no access token: ${why}. Check token_url, client id (login), client secret (password) and scope.`;
    return new PolyflowError("external_system_failed", message, cause === undefined ? {} : { cause });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
