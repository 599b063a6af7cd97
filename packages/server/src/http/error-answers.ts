import { type ErrorCode, isPolyflowError } from "@polyflow/contracts";
import type { ErrorBody } from "@polyflow/contracts/wire";
import type { Logger } from "@polyflow/service-kit";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { ERROR_STATUS, publicMessage } from "./error-status.ts";
import { refusedValue } from "./shown-value.ts";

/** An answer to an error: status and body. */
interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
}

/** Turns whatever was thrown into an answer; what is our fault is logged with its stack, never shown. */
export function errorHandler(logger: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = answerTo(error, request);
    if (answer.status >= 500) {
      logger.error("request failed", {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        code: answer.body.code,
        stack: error.stack,
        cause: error.cause instanceof Error ? error.cause.message : undefined,
      });
    }
    request.errorCode = answer.body.code;
    if (answer.status === 401) reply.header("www-authenticate", "Bearer");
    void reply.code(answer.status).type("application/json; charset=utf-8").serializer(JSON.stringify).send(answer.body);
  };
}

function answerTo(error: FastifyError, request: FastifyRequest): ErrorAnswer {
  if (isPolyflowError(error)) {
    const body = { detail: publicMessage(error.code, error.message, request.id), code: error.code };
    const hasDetails = error.fault !== "bug" && Object.keys(error.details).length > 0;
    return { status: ERROR_STATUS[error.code], body: hasDetails ? { ...body, details: { ...error.details } } : body };
  }
  if (hasZodFastifySchemaValidationErrors(error)) return validationAnswer(error, request);
  const status = error.statusCode;
  if (status !== undefined && status >= 400 && status < 500) {
    const code: ErrorCode = status === 404 ? "not_found" : "request_invalid";
    return { status, body: { detail: error.message, code } };
  }
  return { status: 500, body: { detail: publicMessage("internal", error.message, request.id), code: "internal" } };
}

interface ValidationProblem {
  readonly instancePath: string;
  readonly message?: string;
  readonly keyword: string;
}

/** Names each wrong field as FastAPI does: where (`body`, `conf`, …), what, which rule; for people with the value, unless it may be a secret. */
function validationAnswer(
  error: { readonly validation: readonly ValidationProblem[]; readonly validationContext?: unknown },
  request: Pick<FastifyRequest, "body" | "params" | "query">,
): ErrorAnswer {
  const place = placeOf(error.validationContext);
  const problems = error.validation.map((problem) => ({
    loc: [place, ...problem.instancePath.split("/").filter((part) => part !== "")],
    msg: problem.message ?? "is not valid",
    type: problem.keyword,
  }));
  const sent = { query: request.query, path: request.params }[place] ?? request.body;
  const detail = problems.map(({ loc, msg }) => `${loc.join(".")}: ${msg}${refusedValue(sent, loc.slice(1))}`).join("; ");
  return { status: 422, body: { detail, code: "request_invalid" satisfies ErrorCode, details: { errors: problems } } };
}

function placeOf(context: unknown): string {
  if (context === "querystring") return "query";
  if (context === "params") return "path";
  return typeof context === "string" ? context : "body";
}
