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
