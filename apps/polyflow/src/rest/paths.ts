/** Paths of the API with their parts escaped. */
export const paths = {
  dags: (query: { readonly [name: string]: string | number | boolean | undefined }) => `/api/v2/dags${search(query)}`,
  dag: (dagId: string) => `/api/v2/dags/${encodeURIComponent(dagId)}`,
  dagDetails: (dagId: string) => `/api/v2/dags/${encodeURIComponent(dagId)}/details`,
  dagTasks: (dagId: string) => `/api/v2/dags/${encodeURIComponent(dagId)}/tasks`,
  dagRuns: (dagId: string, query: { readonly [name: string]: string | number | undefined } = {}) =>
    `/api/v2/dags/${encodeURIComponent(dagId)}/dagRuns${search(query)}`,
  importErrors: () => "/api/v2/importErrors?limit=1000",
  uiRun: (dagId: string, runId: string) => `/ui/dags/${encodeURIComponent(dagId)}/runs/${encodeURIComponent(runId)}`,
  uiLog: (task: LogAddress, after: number) =>
    `/ui/dags/${encodeURIComponent(task.dagId)}/runs/${encodeURIComponent(task.runId)}/tasks/${encodeURIComponent(task.taskId)}` +
    `/tries/${task.tryNumber}/log${search({ map_index: task.mapIndex, after })}`,
} as const;

export interface LogAddress {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  readonly tryNumber: number;
}

function search(query: { readonly [name: string]: string | number | boolean | undefined }): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
