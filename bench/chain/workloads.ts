/** The sequential workloads of B1: `tasks` function tasks in a row, each computing fibonacci(`fibonacci`) naively (0: nothing). */
export interface ChainWorkload {
  readonly name: string;
  readonly tasks: number;
  readonly fibonacci: number;
}

export const CHAIN_WORKLOADS: readonly ChainWorkload[] = [
  { name: "40 x no-op", tasks: 40, fibonacci: 0 },
  { name: "40 x fibonacci(10)", tasks: 40, fibonacci: 10 },
  { name: "10 x fibonacci(33)", tasks: 10, fibonacci: 33 },
];

/** Every task appends `run,task,start_ns,end_ns` of the machine's monotonic clock to one file: one clock for all processes. */
export interface TaskTime {
  readonly runId: string;
  readonly taskId: string;
  readonly startMs: number;
  readonly endMs: number;
}

export function dagIdOf(workload: ChainWorkload, isolation: string): string {
  return `bench_${workload.tasks}_${workload.fibonacci}_${isolation}`;
}

/** The source of a DAG file with one DAG for each workload of the given isolation. */
export function chainDagSource(isolation: "process" | "reuse", timesFile: string): string {
  const dags = CHAIN_WORKLOADS.map(
    (workload) => `
export const ${dagIdOf(workload, isolation)} = dag({ id: "${dagIdOf(workload, isolation)}", schedule: null, isolation: "${isolation}" }, () => {
  chain(...Array.from({ length: ${workload.tasks} }, (_, index) => step.with({ id: \`t\${String(index).padStart(3, "0")}\` })({ n: ${workload.fibonacci} })));
});`,
  );
  return `import { appendFileSync } from "node:fs";
import { chain, dag, task } from "@polyflow/sdk";

function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

const EXPECTED: { readonly [n: number]: number } = { 0: 0, 10: 55, 33: 3524578 };

const step = task("step", async (input: { n: number }, ctx) => {
  const start = process.hrtime.bigint();
  const value = fibonacci(input.n);
  const end = process.hrtime.bigint();
  if (value !== EXPECTED[input.n]) throw new Error(\`fibonacci(\${input.n}) came out as \${value}\`);
  appendFileSync(${JSON.stringify(timesFile)}, \`\${ctx.runId},\${ctx.taskId},\${start},\${end}\\n\`);
  return null;
});
${dags.join("\n")}
`;
}

export function parseTimes(text: string): readonly TaskTime[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [runId = "", taskId = "", start = "0", end = "0"] = line.split(",");
      return { runId, taskId, startMs: Number(BigInt(start)) / 1e6, endMs: Number(BigInt(end)) / 1e6 };
    });
}
