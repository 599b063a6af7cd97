import { type LogLine, PolyflowError, UNMAPPED } from "@polyflow/contracts";
import { z } from "zod";
import { onDag } from "../access/policy.ts";
import { mapIndex, taskPath, tryNumber } from "../http/path-params.ts";
import { flag } from "../http/query.ts";
import { sendStream } from "../http/send-stream.ts";
import type { AttemptLocation } from "../logs/attempt-log-path.ts";
import { readAttemptLog } from "../logs/read-attempt-log.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { errors } from "./schemas/common.ts";
import { taskLog } from "./schemas/run-schemas.ts";

const path = taskPath.extend({ try_number: tryNumber });
const query = z.strictObject({
  full_content: flag.default(false).meta({ description: "All lines in one answer instead of pages." }),
  map_index: mapIndex.default(UNMAPPED),
  token: z.string().max(200).nullish().meta({ description: "`continuation_token` of the page before." }),
});

/** A token is the number of lines read. It names nothing else: which log is read is in the path alone, where rights are checked. */
const TOKEN = /^lines-(\d{1,12})$/;

/** Log of one try: as JSON in pages, or as text or NDJSON in a stream, by `Accept`. */
export function addTaskLogRoute(app: App, context: RestContext): void {
  app.get(
    "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/logs/:try_number",
    {
      config: { policy: onDag("read", "Task Logs") },
      schema: {
        tags: ["Task Instance"],
        summary: "Read the log of a try; `Accept: text/plain` or `application/x-ndjson` streams it",
        params: path,
        querystring: query,
        response: { 200: taskLog, ...errors.one },
      },
    },
    async (request, reply) => {
      const { dag_id: dagId, dag_run_id: runId, task_id: taskId, try_number: tryNumber } = request.params;
      const location = { dagId, runId, taskId, mapIndex: request.query.map_index, tryNumber };
      const after = lineOf(request.query.token);
      const format = formatOf(request.headers.accept);
      if (format !== undefined) {
        // Read once before streaming, so that an unknown attempt is answered with 404 and not with half an answer.
        const first = await readAttemptLog(context, location, { after, waitMs: 0 });
        const rest = first.more ? pages(context, location, first.next) : [];
        sendStream(reply, format.type, textOf(first.lines, rest, format.line));
        return reply;
      }
      const lines: LogLine[] = [];
      let page = await readAttemptLog(context, location, { after, waitMs: 0 });
      lines.push(...page.lines);
      while (request.query.full_content && page.more) {
        page = await readAttemptLog(context, location, { after: page.next, waitMs: 0 });
        lines.push(...page.lines);
      }
      return { content: lines.map(message), continuation_token: page.complete ? null : `lines-${page.next}` };
    },
  );
}

interface Format {
  readonly type: string;
  readonly line: (line: LogLine) => string;
}

function formatOf(accept: string | undefined): Format | undefined {
  if (accept?.startsWith("text/plain") === true) {
    return { type: "text/plain; charset=utf-8", line: (line) => `[${line.at}] ${line.level.toUpperCase()} - ${line.message}\n` };
  }
  if (accept?.startsWith("application/x-ndjson") === true) {
    return { type: "application/x-ndjson", line: (line) => `${JSON.stringify(message(line))}\n` };
  }
  return undefined;
}

function message(line: LogLine) {
  return { timestamp: line.at, event: line.message, level: line.level, logger: line.source };
}

async function* textOf(
  first: readonly LogLine[],
  rest: Iterable<never> | AsyncIterable<readonly LogLine[]>,
  toText: (line: LogLine) => string,
): AsyncGenerator<string> {
  yield first.map(toText).join("");
  for await (const lines of rest) yield lines.map(toText).join("");
}

/** The pages that follow, until the file holds no more at this moment. */
async function* pages(context: RestContext, location: AttemptLocation, after: number): AsyncGenerator<readonly LogLine[]> {
  for (let next = after, more = true; more; ) {
    const page = await context.logs.read(location, next);
    yield page.lines;
    next = page.next;
    more = page.more;
  }
}

function lineOf(token: string | null | undefined): number {
  if (token == null || token === "") return 0;
  const line = TOKEN.exec(token)?.[1];
  if (line === undefined)
    throw new PolyflowError("request_invalid", `query.token: "${token}" is no continuation token. Take it from the answer before.`);
  return Number(line);
}
