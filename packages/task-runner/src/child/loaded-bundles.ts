import { importBundle } from "@polyflow/sdk/runtime";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { readFile } from "node:fs/promises";

/** Bundles that this process has imported; a second attempt finds the DAGs ready. */
export class LoadedBundles {
  readonly #loaded = new Map<string, Promise<readonly DagDefinition[]>>();

  /** @throws whatever the bundle throws when it is imported */
  get(bundlePath: string, projectDir: string): Promise<readonly DagDefinition[]> {
    const key = `${bundlePath}\0${projectDir}`;
    let dags = this.#loaded.get(key);
    if (dags === undefined) {
      dags = readFile(bundlePath, "utf8").then((code) => importBundle({ code, projectDir }));
      this.#loaded.set(key, dags);
    }
    return dags;
  }
}
