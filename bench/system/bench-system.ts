import { join } from "node:path";
import { TestProject } from "../../tests/harness/project.ts";
import type { RestClient } from "../../tests/harness/rest-client.ts";
import { Standalone } from "../../tests/harness/standalone.ts";
import { TimesFile } from "./times-file.ts";

export interface BenchSystemOptions {
  /** DAG files by their path, made once the file for the times is known. */
  readonly files: (timesFile: string) => { readonly [path: string]: string };
  /** Options of Polyflow by their environment names. */
  readonly env?: { readonly [name: string]: string };
}

/** The whole of Polyflow as a user starts it, with a project of the measurement and nothing else. */
export class BenchSystem {
  readonly polyflow: Standalone;
  readonly client: RestClient;
  readonly project: TestProject;
  readonly times: TimesFile;

  private constructor(parts: Pick<BenchSystem, "polyflow" | "client" | "project" | "times">) {
    this.polyflow = parts.polyflow;
    this.client = parts.client;
    this.project = parts.project;
    this.times = parts.times;
  }

  static async start({ files, env = {} }: BenchSystemOptions): Promise<BenchSystem> {
    const project = new TestProject({});
    const times = new TimesFile(join(project.dir, "times.csv"));
    for (const [path, text] of Object.entries(files(times.path))) project.write(path, text);
    const polyflow = await Standalone.start({ projects: [project.dir], examples: false, env });
    return new BenchSystem({ polyflow, project, times, client: await polyflow.client() });
  }

  async remove(): Promise<void> {
    await this.polyflow.remove();
    this.times.close();
    this.project.remove();
  }
}
