/** The child half: imports one bundle and says what DAGs it describes. Started beforehand, used once. */
import { importBundle, locationOf, originOf, setCronDataIntervals, timetableHorizon } from "@polyflow/sdk/runtime";
// loaded beforehand, so that the bundle finds it ready
import "@polyflow/sdk";
import { isDagFile, relativeTo } from "../dag-files.ts";
import type { EvaluatedDag, EvaluationReply, EvaluationRequest } from "./evaluation-message.ts";
import { describeProblem } from "./describe-problem.ts";
import { recordReads } from "./record-reads.ts";

/** More files than this are looked at again and again only by mistake. */
const MOST_READS = 10_000;

const send = process.send?.bind(process);
const disconnect = process.disconnect.bind(process);
if (send === undefined) throw new Error("This file is started by the DAG processor, over IPC.");
// the file's code has nothing to say to the parent
Reflect.deleteProperty(process, "send");
Reflect.deleteProperty(process, "disconnect");

process.once("disconnect", () => process.exit(0));
process.once("message", (request: EvaluationRequest) => {
  const reply = (message: EvaluationReply): void => void send(message, undefined, undefined, () => disconnect());
  const reads = recordReads();
  const readsOfProject = (): readonly string[] => [...reads].filter((path) => isOfProject(path, request.projectDir)).slice(0, MOST_READS);
  const replyProblem = (error: unknown): void =>
    reply({ kind: "problem", problem: describeProblem(error, request.projectDir), reads: readsOfProject() });
  // errors outside of the import's own promise: timers, unhandled rejections
  process.once("uncaughtException", replyProblem);
  evaluate(request).then((dags) => reply({ kind: "dags", dags, reads: readsOfProject() }), replyProblem);
});
send({ kind: "ready" } satisfies EvaluationReply);

function isOfProject(path: string, projectDir: string): boolean {
  const parts = relativeTo(projectDir, path).split("/");
  return parts[0] !== ".." && !parts.includes("node_modules");
}

async function evaluate({ code, projectDir, relativePath, cronDataIntervals }: EvaluationRequest): Promise<readonly EvaluatedDag[]> {
  process.chdir(projectDir);
  setCronDataIntervals(cronDataIntervals);
  const definitions = await importBundle({ code, projectDir, purpose: "describe" });
  return definitions.flatMap((definition) => {
    const origin = originOf(definition);
    const originPath = origin === undefined ? relativePath : relativeTo(projectDir, origin.file);
    // a DAG that an imported DAG file describes for itself is published with that file
    if (originPath !== relativePath && isDagFile(originPath)) return [];
    const place = locationOf(definition);
    const isHere = place !== undefined && relativeTo(projectDir, place.file) === relativePath;
    const { spec, timetable } = definition;
    const horizon = timetable === undefined ? {} : { horizon: timetableHorizon(timetable, spec, new Date()) };
    return [{ spec, ...horizon, line: isHere ? place.line : null, column: isHere ? place.column : null }];
  });
}
