import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";

/** A run as the REST API tells it. */
export interface ApiRun {
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly state: string;
  readonly end_date: string | null;
}

/** Polyflow's own REST API, as far as tasks that look after it need it. */
export interface PolyflowApi {
  /** All runs in these states, the newest first. */
  listRuns(states: readonly string[]): Promise<readonly ApiRun[]>;
  deleteRun(run: ApiRun): Promise<void>;
}

const PAGE = 500;

/**
 * Signs in with login and password of an HTTP connection.
 * @throws PolyflowError `config_invalid` when the server refuses, `source_unreadable` when it does not answer
 */
export async function openPolyflowApi(connection: Connection, signal: AbortSignal): Promise<PolyflowApi> {
  const base = baseOf(connection);
  const send = async (method: string, path: string, options: { readonly body?: object; readonly token?: string }): Promise<unknown> => {
    const answer = await fetch(`${base}${path}`, {
      method,
      signal,
      headers: {
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    }).catch((error: unknown) => {
      throw new PolyflowError("source_unreadable", `Polyflow does not answer at ${base} (connection "${connection.connectionId}").`, {
        cause: error,
      });
    });
    if (answer.ok) return answer.status === 204 ? undefined : answer.json();
    const text = (await answer.text()).slice(0, 300);
    throw new PolyflowError(
      "config_invalid",
      `${method} ${path} of connection "${connection.connectionId}" answered ${answer.status}: ${text}`,
    );
  };
  const signedIn = await send("POST", "/auth/token", { body: { username: connection.login ?? "", password: connection.password ?? "" } });
  const { access_token: token } = signedIn as { readonly access_token: string }; // as Polyflow's own API says
  return {
    listRuns: async (states) => {
      const runs: ApiRun[] = [];
      for (;;) {
        const body = { states, order_by: "-run_after", page_limit: PAGE, page_offset: runs.length };
        const page = await send("POST", "/api/v2/dags/~/dagRuns/list", { body, token });
        const { dag_runs: found } = page as { readonly dag_runs: readonly ApiRun[] }; // as above
        runs.push(...found);
        if (found.length < PAGE) return runs;
      }
    },
    deleteRun: async ({ dag_id: dagId, dag_run_id: runId }) => {
      await send("DELETE", `/api/v2/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}`, { token });
    },
  };
}

function baseOf({ host, port, schema }: Connection): string {
  const text = host ?? "localhost";
  const url = new URL(text.includes("://") ? text : `${schema ?? "http"}://${text}`);
  if (port !== null && port !== undefined) url.port = String(port);
  return url.href.replace(/\/$/, "");
}
