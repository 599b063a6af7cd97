import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Project } from "../options.ts";

/** A project in a folder of its own, for one test. */
export class TemporaryProject implements Project {
  readonly name = "demo";
  readonly dir: string;

  constructor(files: { readonly [path: string]: string } = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "dag-processor-"));
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), content);
  }

  rename(from: string, to: string): void {
    renameSync(join(this.dir, from), join(this.dir, to));
  }

  remove(path: string): void {
    rmSync(join(this.dir, path), { recursive: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Source of a DAG file with one DAG of one task. */
export function dagSource(dagId: string, options = ""): string {
  return `import { bash, dag } from "@polyflow/sdk";\nexport const it = dag({ id: "${dagId}"${options} }, () => {\n  bash({ id: "a", command: "true" });\n});\n`;
}
