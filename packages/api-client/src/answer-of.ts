import { ERROR_CODES, type ErrorCode, PolyflowError } from "@polyflow/contracts";
import { errorBody } from "@polyflow/contracts/wire";

/** What a call of the client resolves to. */
interface CallResult<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/**
 * The data of a call.
 * @throws PolyflowError with the server's code and message; `server_unavailable` when nobody (or something else) answers.
 * @example const run = await answerOf(client.GET("/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}", { params: { path } }));
 */
export async function answerOf<Data>(call: Promise<CallResult<Data>>): Promise<Data> {
  const result = await call.catch((error: unknown) => {
    throw new PolyflowError("server_unavailable", "The Polyflow server does not answer.", { cause: error });
  });
  // An answer without a body (204) has no data either; its type says so.
  if (result.response.ok) return result.data as Data;
  throw toError(result.response.status, result.error);
}

function toError(status: number, error: unknown): PolyflowError {
  const body = errorBody.safeParse(error);
  if (!body.success) return new PolyflowError("server_unavailable", `Something that is no Polyflow server answered with status ${status}.`);
  const { code, detail, details = {} } = body.data;
  return new PolyflowError(isErrorCode(code) ? code : "internal", detail, { details });
}

/** A newer server may know codes that this client does not. */
function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
