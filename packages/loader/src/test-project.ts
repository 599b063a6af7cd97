import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What a test describes of one source, entity and flow. */
export interface DescribedFlow {
  readonly source: string;
  readonly properties: string;
  readonly load: string;
  readonly more?: string;
  readonly quality?: string;
  /** The contract's server, as YAML. */
  readonly server?: string;
}

/** A project folder of one test file. */
export class TestProject {
  readonly dir = mkdtempSync(join(tmpdir(), "loader-test-"));

  /** Writes a file of the project. */
  write(path: string, content: string | Uint8Array): void {
    const file = join(this.dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Writes source, entity and flow of one name. */
  describe(name: string, { server = "{server: df, type: postgres, schema: t}", ...parts }: DescribedFlow): void {
    this.write(`metadata/sources/${name}.yaml`, `name: ${name}\n${parts.source}`);
    this.write(
      `metadata/entities/${name}.odcs.yaml`,
      `apiVersion: v3.1.0\nkind: DataContract\nid: t.${name}\nversion: 1.0.0\nstatus: active\n` +
        `servers: [${server}]\nschema:\n  - name: ${name}\n    properties:\n${parts.properties}\n${parts.quality ?? ""}`,
    );
    this.write(
      `metadata/flows/${name}.flow.yaml`,
      `flow: ${name}\nsource: {ref: ${name}}\ntarget: {ref: t.${name}}\nload: ${parts.load}\n${parts.more ?? ""}`,
    );
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
