import { importBundle } from "@polyflow/sdk/runtime";
import type { DagDefinition } from "@polyflow/sdk/runtime";
import { readFileSync } from "node:fs";

/** Where an attempt's DAGs come from. */
export interface BundleSource {
  get(bundlePath: string, projectDir: string): Promise<readonly DagDefinition[]>;
}

/** Bundles that this process has imported; a second attempt finds the DAGs ready. */
export class LoadedBundles implements BundleSource {
  readonly #loaded = new Map<string, Promise<readonly DagDefinition[]>>();

  /** @throws whatever the bundle throws when it is imported */
  get(bundlePath: string, projectDir: string): Promise<readonly DagDefinition[]> {
    const key = `${bundlePath}\0${projectDir}`;
    let dags = this.#loaded.get(key);
    if (dags === undefined) {
      // nothing else happens in this process now; starting Node's file threads would take longer than reading
      dags = importBundle({ code: readFileSync(bundlePath, "utf8"), projectDir });
      this.#loaded.set(key, dags);
    }
    return dags;
  }
}
