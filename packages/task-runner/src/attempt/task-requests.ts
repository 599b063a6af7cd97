import { type AssetEvent, isPolyflowError } from "@polyflow/contracts";
import type { AttemptDetails } from "@polyflow/contracts/wire";
import type { AttemptAccess, ExecutionApiClient } from "../api/execution-api-client.ts";
import { retrying } from "../api/retry.ts";
import type { RetryOptions } from "../api/retry.ts";
import type { SecretMask } from "../log/secret-mask.ts";
import { shownFields } from "./shown-fields.ts";
import { secretsOfConnection } from "../log/secret-mask.ts";
import type { TaskAnswer, TaskRequest } from "../protocol/messages.ts";

/** How long a task waits for a connection or variable while the server is away. */
const RETRY_FOR_MS = 120_000;
/** Variables whose names say that they are secret (Airflow's words). */
const SENSITIVE_KEY = /passw|secret|token|api_?key|private_?key|passphrase|authorization|access_?key/i;

export interface TaskRequestParts {
  readonly api: ExecutionApiClient;
  readonly access: AttemptAccess;
  readonly mask: SecretMask;
  readonly retry: Omit<RetryOptions, "forMs">;
}

/** Fetches for a task what it asked for; what must stay secret is masked in its log from then on. */
export async function answerTaskRequest(request: TaskRequest, parts: TaskRequestParts): Promise<TaskAnswer> {
  try {
    let calls = 0;
    const call = (): ReturnType<typeof fetchValue> => {
      calls += 1;
      return fetchValue(request, { ...parts, isRepeated: calls > 1 });
    };
    return { ok: true, value: await retrying({ ...parts.retry, forMs: RETRY_FOR_MS }, call) };
  } catch (error) {
    if (!isPolyflowError(error)) return { ok: false, code: "internal", message: String(error) };
    return { ok: false, code: error.code, message: error.message };
  }
}

async function fetchValue(
  request: TaskRequest,
  { api, access, mask, isRepeated }: TaskRequestParts & { readonly isRepeated: boolean },
): Promise<Extract<TaskAnswer, { ok: true }>["value"]> {
  switch (request.method) {
    case "connection": {
      const connection = await api.connection(access, request.connectionId);
      mask.add(secretsOfConnection(connection));
      return connection;
    }
    case "variable": {
      const { value, isSecret = false } = await api.variable(access, request.key);
      if (isSecret || SENSITIVE_KEY.test(request.key)) mask.add([value]);
      return value;
    }
    case "push_xcom":
      await api.pushXCom(access, request.key, request.value);
      return null;
    case "pull_xcom":
      return api.pullXCom(access, request.pull);
    case "details":
    case "inlet_events":
      return fetchFacts(request, api, access);
    case "load_report":
      await api.reportLoad(access, request.report);
      return null;
    case "rendered_fields":
      await api.keepRenderedFields(access, shownFields(request.fields, mask));
      return null;
    case "trigger_run":
      return triggerRun(request.run, { api, access, isRepeated });
    case "find_runs":
      return api.findRuns(access, request.query);
  }
}

function fetchFacts(
  request: Extract<TaskRequest, { method: "details" | "inlet_events" }>,
  api: ExecutionApiClient,
  access: AttemptAccess,
): Promise<AttemptDetails | readonly AssetEvent[]> {
  return request.method === "details" ? api.attemptDetails(access) : api.inletEvents(access, request.name);
}

/** A call whose answer was lost has made the run: the same id is then our own. */
function triggerRun(
  run: Extract<TaskRequest, { method: "trigger_run" }>["run"],
  { api, access, isRepeated }: Pick<TaskRequestParts, "api" | "access"> & { readonly isRepeated: boolean },
): ReturnType<ExecutionApiClient["triggerRun"]> {
  return api.triggerRun(access, isRepeated && run.whenExists !== "reset" ? { ...run, whenExists: "use" } : run);
}
