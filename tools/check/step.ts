import { spawn } from "node:child_process";

/** What one check found. `output` is shown only when it failed. */
export interface StepResult {
  readonly ok: boolean;
  readonly output: string;
}

export interface Step {
  readonly name: string;
  run(): Promise<StepResult>;
}

/** A step that runs a program of node_modules/.bin (or a script with this Node) and passes when it exits with 0. */
export function command(name: string, program: string, args: readonly string[]): Step {
  return { name, run: () => runProgram(program, args) };
}

function runProgram(program: string, args: readonly string[]): Promise<StepResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
