import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A project folder of a test: files by their path below it. */
export class TestProject {
  readonly dir: string;

  constructor(files: { readonly [path: string]: string }) {
    this.dir = mkdtempSync(join(tmpdir(), "polyflow-project-"));
    mkdirSync(join(this.dir, "dags"));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  delete(path: string): void {
    rmSync(join(this.dir, path));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
