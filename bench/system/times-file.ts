import { closeSync, fstatSync, openSync, readSync, writeFileSync } from "node:fs";

/** When a task ran, on the machine's monotonic clock. */
export interface TaskTime {
  readonly runId: string;
  readonly taskId: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Now, on the clock that the tasks write. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The file to which every task appends `run,task,start_ns,end_ns`: one clock for all processes. */
export class TimesFile {
  readonly path: string;
  readonly #descriptor: number;
  #offset = 0;
  #rest = "";

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, "");
    this.#descriptor = openSync(path, "r");
  }

  /** What has been written since the last call. */
  readNew(): readonly TaskTime[] {
    const size = fstatSync(this.#descriptor).size - this.#offset;
    if (size === 0) return [];
    const bytes = Buffer.alloc(size);
    const read = readSync(this.#descriptor, bytes, 0, size, this.#offset);
    this.#offset += read;
    const lines = (this.#rest + bytes.toString("latin1", 0, read)).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map(parseLine);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function parseLine(line: string): TaskTime {
  const [runId = "", taskId = "", start = "0", end = "0"] = line.split(",");
  return { runId, taskId, startMs: Number(BigInt(start)) / 1e6, endMs: Number(BigInt(end)) / 1e6 };
}

/** Source of the first lines of a DAG file of a measurement: `timed(id)` is a task that does nothing but write its times. */
export function timedTaskSource(timesFile: string): string {
  return `import { appendFileSync } from "node:fs";
import { chain, dag, task } from "@polyflow/sdk";

const step = task("step", (_input: object, ctx) => {
  const start = process.hrtime.bigint();
  appendFileSync(${JSON.stringify(timesFile)}, \`\${ctx.runId},\${ctx.taskId}\${ctx.mapIndex < 0 ? "" : "#" + ctx.mapIndex},\${start},\${process.hrtime.bigint()}\\n\`);
  return null;
});
const timed = (id: string) => step.with({ id })({});
`;
}
