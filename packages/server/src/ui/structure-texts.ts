import type { DagSpec, DagVersionId } from "@polyflow/contracts";
import { structureView } from "./structure-view.ts";

/** A version as far as its graph goes. */
interface Version {
  readonly versionId: DagVersionId;
  readonly versionNumber: number;
  readonly spec: DagSpec;
}

const MOST_LETTERS = 20_000_000;

/** Graphs as JSON by version, the last used ones: a version never changes, and writing a thousand tasks takes longer than sending them. */
export class StructureTexts {
  readonly #texts = new Map<DagVersionId, string>();
  #letters = 0;

  of(version: Version): string {
    const kept = this.#texts.get(version.versionId);
    if (kept !== undefined) {
      // Set anew it is the youngest: a Map iterates in the order of insertion.
      this.#texts.delete(version.versionId);
      this.#texts.set(version.versionId, kept);
      return kept;
    }
    const text = JSON.stringify(structureView(version.spec, version.versionNumber));
    this.#texts.set(version.versionId, text);
    this.#letters += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#letters <= MOST_LETTERS) break;
      this.#texts.delete(oldest);
      this.#letters -= length;
    }
    return text;
  }
}
