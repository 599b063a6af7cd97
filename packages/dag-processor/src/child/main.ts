/** The child half: imports bundles and says what DAGs they describe. Started beforehand; used for one file, or for chunks of them. */
import { BUNDLE_HEADER, setCronDataIntervals } from "@polyflow/sdk/runtime";
// loaded beforehand, so that the bundle finds it ready
import "@polyflow/sdk";
import { ChunkEvaluation } from "./chunk-evaluation.ts";
import { describeProblem } from "./describe-problem.ts";
import { evaluateFile } from "./evaluate-file.ts";
import type { ChunkRequest, EvaluationReply, EvaluationRequest, FileReply } from "./evaluation-message.ts";
import { readsOfProject, recordReads } from "./record-reads.ts";

const send = process.send?.bind(process);
const disconnect = process.disconnect.bind(process);
const exit = process.exit.bind(process);
if (send === undefined) throw new Error("This file is started by the DAG processor, over IPC.");
// the file's code has nothing to say to the parent
Reflect.deleteProperty(process, "send");
Reflect.deleteProperty(process, "disconnect");

process.once("disconnect", () => exit(0));
process.once("message", (request: EvaluationRequest | ChunkRequest) => {
  const reads = recordReads();
  process.chdir(request.projectDir);
  setCronDataIntervals(request.cronDataIntervals);
  if (request.kind === "evaluate") return evaluateAlone(request, reads);
  const chunks = new ChunkEvaluation(request.projectDir, reads, (reply) => void send(reply));
  process.on("message", (further: ChunkRequest) => void chunks.run(further));
  chunks.watch();
  void chunks.run(request);
});
send({ kind: "ready" } satisfies EvaluationReply);
void warmUp();

function evaluateAlone(request: EvaluationRequest, reads: ReadonlySet<string>): void {
  const { projectDir } = request;
  const reply = (answer: FileReply): void =>
    void send?.({ kind: "answer", answer } satisfies EvaluationReply, undefined, undefined, () => disconnect());
  const replyProblem = (error: unknown): void =>
    reply({ kind: "problem", problem: describeProblem(error, projectDir), reads: readsOfProject(reads, projectDir) });
  // errors outside of the import's own promise: timers, unhandled rejections
  process.once("uncaughtException", replyProblem);
  evaluateFile(projectDir, request).then((dags) => reply({ kind: "dags", dags, reads: readsOfProject(reads, projectDir) }), replyProblem);
}

/** What a first file would wait for: loader, source maps and SDK, run once on a file of our own while nobody waits. */
async function warmUp(): Promise<void> {
  const code = `${BUNDLE_HEADER}dags/warm-up.ts\n\nimport { bash, dag } from "@polyflow/sdk";\ndag({ id: "warm_up" }, () => { bash({ id: "only", command: "true" }); });\n`;
  await evaluateFile(process.cwd(), { code, relativePath: "dags/warm-up.ts" });
}
