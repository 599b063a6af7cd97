import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "./eventually.ts";
import { FAULT_SHARE } from "./storage-faults.ts";

/** A plain REST client with a token. */
export class RestClient {
  readonly #url: string;
  readonly #token: string | undefined;
  #triggered = 0;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  async request<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    for (let call = 1; ; call += 1) {
      const answer = await fetch(`${this.#url}${path}`, {
        method,
        // A connection that is kept may be closed by the other side at the very moment at which it is used again.
        headers: { connection: "close", ...this.#authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text === "" ? "null" : text) as Body;
      if (FAULT_SHARE === 0 || !isBrokenStorage(answer.status, text)) {
        // The answer to an earlier call of the same was lost on its way to the server.
        if (FAULT_SHARE > 0 && call > 1 && answer.status === 409) return null as Body;
        throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      }
      await pause(50);
    }
  }

  get #authorization(): { readonly authorization?: string } {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** Triggers a run and waits for its end. */
  async runDag(dagId: string, options: { readonly conf?: object; readonly withinMs?: number } = {}): Promise<RunView> {
    const runId = await this.trigger(dagId, options.conf);
    return await this.waitForRun(dagId, runId, options.withinMs);
  }

  async trigger(dagId: string, conf: object = {}): Promise<string> {
    this.#triggered += 1;
    const named = FAULT_SHARE === 0 ? {} : { dag_run_id: `faults__${process.pid}_${Date.now()}_${this.#triggered}` };
    const run = await this.request<{ dag_run_id: string } | null>("POST", `/api/v2/dags/${dagId}/dagRuns`, {
      logical_date: null,
      conf,
      ...named,
    });
    return run?.dag_run_id ?? named.dag_run_id ?? "";
  }

  async waitForRun(dagId: string, runId: string, withinMs = 60_000): Promise<RunView> {
    let last = "";
    await eventually(
      `run ${runId} of ${dagId} to end`,
      async () => {
        const { state } = await this.request<{ state: string }>("GET", `/api/v2/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`);
        last = state;
        return state === "success" || state === "failed" ? true : undefined;
      },
      { withinMs, describe: () => `its state is ${last}` },
    );
    return await this.request<RunView>("GET", `/ui/dags/${dagId}/runs/${encodeURIComponent(runId)}`);
  }

  /** Waits until the DAG is listed, i.e. its file has been read. */
  async waitForDag(dagId: string, withinMs = 60_000): Promise<void> {
    let problems = "";
    await eventually(
      `DAG ${dagId} to be listed`,
      async () => {
        const answer = await fetch(`${this.#url}/api/v2/dags/${dagId}`, { headers: this.#authorization });
        if (answer.ok) return true;
        problems = JSON.stringify([answer.status, await this.request("GET", "/api/v2/importErrors")]);
        return undefined;
      },
      { withinMs, describe: () => problems },
    );
  }
}

/** What the server answers while its database does not. */
function isBrokenStorage(status: number, text: string): boolean {
  return status === 503 && text.includes("database_unavailable");
}

export interface RunView {
  readonly run_id: string;
  readonly state: string;
  readonly tasks: readonly {
    readonly task_id: string;
    readonly state: string;
    readonly try_number: number;
    readonly reason: string | null;
  }[];
}
