import { Agent, get } from "node:http";
import { quantile, short } from "../statistics.ts";
import { GRID_DAG, LOG_RUN, WIDE_DAG } from "./seed.ts";

/** A question that the interface asks; `path` may differ from one request to the next. */
export interface Question {
  readonly name: string;
  readonly path: (request: number) => string;
}

const runIds = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => `run_id=run-${((first + index) % 365) + 1}`).join("&");

export const QUESTIONS: readonly Question[] = [
  { name: "list of DAGs, first page", path: () => "/ui/dags?limit=50" },
  { name: "list by last run", path: () => "/ui/dags?limit=50&order_by=-last_run" },
  { name: "list of failed", path: () => "/ui/dags?limit=50&state=failed&order_by=-last_run" },
  { name: "search", path: (request) => `/ui/dags?limit=50&search=${(request * 37) % 9000}` },
  { name: "search without a match", path: () => "/ui/dags?limit=50&search=nothing-like-this" },
  { name: "filters' choices", path: () => "/ui/dag-facets" },
  { name: "home", path: () => "/ui/dashboard" },
  { name: "a DAG", path: () => `/ui/dags/${GRID_DAG}` },
  { name: "grid, its 365 runs", path: () => `/ui/dags/${GRID_DAG}/grid?limit=365` },
  { name: "grid, 25 runs x 100 cells", path: (request) => `/ui/dags/${GRID_DAG}/grid/cells?${runIds(request * 11, 25)}` },
  { name: "graph of 1,000", path: () => `/ui/dags/${WIDE_DAG}/structure` },
  { name: "a run of 100 tasks", path: (request) => `/ui/dags/${GRID_DAG}/runs/run-${(request % 300) + 1}` },
  { name: "runs of a DAG", path: () => `/ui/browse/runs?dag_id=${GRID_DAG}&limit=50` },
  { name: "runs of all, failed", path: () => "/ui/browse/runs?state=failed&limit=50" },
  { name: "task instances of all, failed", path: () => "/ui/browse/task-instances?state=failed&limit=50" },
  { name: "task instances of all, running", path: () => "/ui/browse/task-instances?state=running&limit=50" },
  { name: "task instances of all by task", path: () => "/ui/browse/task-instances?task=t099&limit=50" },
  { name: "task instances of a run", path: () => `/api/v2/dags/${GRID_DAG}/dagRuns/run-7/taskInstances?limit=50` },
  {
    name: "log, 1,000 lines anywhere in 1 M",
    path: (request) =>
      `/ui/dags/${LOG_RUN.dagId}/runs/${LOG_RUN.runId}/tasks/${LOG_RUN.taskId}/tries/1/log?limit=1000&after=${(request * 7919 * 131) % 990_000}`,
  },
];

export interface Measured {
  readonly name: string;
  readonly clients: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly kilobytes: number;
  readonly perSecond: number;
  /** Answers "503": more than the server could take at once. */
  readonly refused: number;
}

/** Asks a question `requests` times by as many clients at once; each answer is read whole. */
export async function measure(
  server: { readonly url: string; readonly token: string },
  question: Question,
  load: { readonly clients: number; readonly requests: number },
): Promise<Measured> {
  const times: number[] = [];
  let bytes = 0;
  let refused = 0;
  let next = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: load.clients });
  const client = async (): Promise<void> => {
    while (next < load.requests) {
      const path = question.path(next++);
      const startedMs = performance.now();
      const { status, body } = await ask(server.url + path, server.token, agent);
      times.push(performance.now() - startedMs);
      if (status === 200) bytes = body.length;
      else if (status === 503) refused++;
      else throw new Error(`${path} answered ${status}: ${body.toString("utf8").slice(0, 300)}`);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: load.clients }, client));
  agent.destroy();
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    name: question.name,
    clients: load.clients,
    p50Ms: short(quantile(times, 0.5)),
    p99Ms: short(quantile(times, 0.99)),
    kilobytes: short(bytes / 1024),
    perSecond: short(load.requests / seconds),
    refused,
  };
}

/** The bytes of an answer. Not `fetch`: on the same machine its own work would be a fifth of what is measured. */
function ask(url: string, token: string, agent: Agent): Promise<{ readonly status: number; readonly body: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly body: Buffer }>();
  const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (answer) => {
    const parts: Buffer[] = [];
    answer.on("data", (part: Buffer) => parts.push(part));
    answer.on("error", reject);
    answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts) }));
  });
  request.on("error", reject);
  return promise;
}
