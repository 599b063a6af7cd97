import { type ApiClient, answerOf, createApiClient } from "@polyflow/api-client";
import { PolyflowError } from "@polyflow/contracts";
import { type UiRun, uiRun } from "@polyflow/contracts/wire";

const REQUEST_TIMEOUT_MS = 30_000;

export interface RunAddress {
  readonly dagId: string;
  readonly runId: string;
}

/** A running server, as the command line speaks to it. */
export interface ServerConnection {
  /** The public API; its calls go through `answerOf`. */
  readonly api: ApiClient;
  /** A run and its tasks as the interface shows them: in one answer, and with the reasons of failures, which the public API has not. */
  readRun(run: RunAddress): Promise<UiRun>;
}

/** @param url address of the server, with its base path if it has one */
export function openServerConnection(url: string, token: string): ServerConnection {
  const baseUrl = url.replace(/\/+$/, "");
  const send = (request: Request): Promise<Response> =>
    fetch(request, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) }).catch((error: unknown) => {
      throw unavailable(baseUrl, error);
    });
  return {
    api: createApiClient({ baseUrl, token, fetch: send }),
    readRun: async ({ dagId, runId }) => {
      const path = `/ui/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}`;
      return uiRun.parse(await answerOf(readJson(send, new Request(baseUrl + path, { headers: { authorization: `Bearer ${token}` } }))));
    },
  };
}

async function readJson(send: (request: Request) => Promise<Response>, request: Request) {
  const response = await send(request);
  const body: unknown = await response.json();
  return response.ok ? { data: body, response } : { error: body, response };
}

function unavailable(url: string, error: unknown): PolyflowError {
  const isTooSlow = error instanceof Error && error.name === "TimeoutError";
  const message = isTooSlow
    ? `The Polyflow server at ${url} has not answered within ${REQUEST_TIMEOUT_MS / 1000} s. Its log says what it is busy with.`
    : `No Polyflow server answers at ${url}. Start it with \`npm start\`, or name another with --url.`;
  return new PolyflowError("server_unavailable", message, { cause: error });
}
