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
    throw withoutAnswer(error);
  });
  // An answer without a body (204) has no data either; its type says so.
  if (result.response.ok) return result.data as Data;
  throw toError(result.response.status, result.error);
}

/** A `fetch` of the caller's that has its own words for it, is believed. */
function withoutAnswer(error: unknown): PolyflowError {
  if (error instanceof PolyflowError) return error;
  const message =
    error instanceof SyntaxError
      ? "Something that is no Polyflow API answered; is the address right?"
      : "The Polyflow server does not answer.";
  return new PolyflowError("server_unavailable", message, { cause: error });
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
