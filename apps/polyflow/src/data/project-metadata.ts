import { checkProject, formatProblem, type ProjectMetadata } from "@polyflow/metadata-model";
import type { Clock } from "@polyflow/service-kit";
import type { Project } from "../standalone/projects.ts";

/** The metadata of a project, as far as it can be read. */
export interface DescribedProject {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  readonly metadata: ProjectMetadata;
  /** What is wrong, for people, each with file and line. */
  readonly problems: readonly string[];
}

/** Pages ask for the same files several times in a row; a change is seen after this at the latest. */
const FRESH_MS = 2_000;

/** Reads the metadata of all projects; keeps what was read for a moment. */
export class ProjectDescriptions {
  readonly #projects: readonly Project[];
  readonly #clock: Clock;
  #known: { readonly atMs: number; readonly projects: Promise<readonly DescribedProject[]> } | undefined;

  constructor(projects: readonly Project[], clock: Clock) {
    this.#projects = projects;
    this.#clock = clock;
  }

  all(): Promise<readonly DescribedProject[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#known === undefined || nowMs - this.#known.atMs > FRESH_MS) {
      const projects = Promise.all(this.#projects.map(describe));
      projects.catch(() => (this.#known = undefined));
      this.#known = { atMs: nowMs, projects };
    }
    return this.#known.projects;
  }

  /** The files have just been changed. */
  forget(): void {
    this.#known = undefined;
  }

  async get(name: string): Promise<DescribedProject | undefined> {
    return (await this.all()).find((project) => project.name === name);
  }
}

async function describe({ name, dir }: Project): Promise<DescribedProject> {
  const { metadata, problems } = await checkProject(dir);
  return { name, dir, metadata, problems: problems.map(formatProblem) };
}
