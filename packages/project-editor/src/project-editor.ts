import { PolyflowError } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import { findInFiles, type FoundLines } from "./files/find-in-files.ts";
import { moveSource, readSource, removeSource, type SourceFile, withCandidate, writeSource } from "./files/project-files.ts";
import { projectPath } from "./files/project-path.ts";
import { projectTree, type TreeEntry } from "./files/project-tree.ts";
import { type CommitOrder, type GitCommit, type GitStatus, gitCommit, gitDiff, gitHistory, gitShow, gitStatus } from "./git/project-git.ts";
import { type LanguageLimits, LanguageProcess } from "./language/language-process.ts";
import type { CodeCompletion, CodeProblem } from "./language/messages.ts";

export interface EditedProject {
  readonly name: string;
  /** Absolute path. */
  readonly dir: string;
}

export interface ProjectEditorOptions {
  readonly projects: readonly EditedProject[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folders outside of the projects that types are read from. */
  readonly readableFolders: readonly string[];
  readonly limits: LanguageLimits;
  /** Compiles and evaluates a file of the project in a child, as the DAG processor does. Undefined for files that are no DAG files. */
  readonly compile: (project: EditedProject, path: string, candidatePath: string) => Promise<readonly CodeProblem[]>;
  /** What is wrong in a description below `metadata/` with this text, among the project's others as they are. */
  readonly checkMetadata: (project: EditedProject, path: string, content: string) => Promise<readonly CodeProblem[]>;
  /** What the schemas of these descriptions say of a place in one. */
  readonly metadataAssistant: () => Promise<MetadataAssistant>;
}

export interface MetadataAssistant {
  complete(place: CodePlace): { readonly from: number; readonly items: readonly CodeCompletion[] };
  hover(place: CodePlace): { readonly text: string; readonly documentation: string };
}

export interface FileChange {
  readonly path: string;
  readonly content: string;
  /** Hash of what was read; null: there was no file. */
  readonly expected: string | null;
  /** Saves it in spite of problems. */
  readonly force: boolean;
}

export interface SavedFile {
  /** Null: it was not saved. */
  readonly hash: string | null;
  readonly problems: readonly CodeProblem[];
}

/** Where in which text something is asked. */
export interface CodePlace {
  readonly path: string;
  readonly content: string;
  readonly offset: number;
}

const TYPESCRIPT = /\.[mc]?tsx?$/;
const METADATA = /^metadata\/.*\.ya?ml$/;
const HISTORY = 100;

/** The files of projects as the code editor of the interface works with them. What they hold is never run in this process. */
export class ProjectEditor {
  readonly #options: ProjectEditorOptions;
  readonly #language: LanguageProcess;

  constructor(options: ProjectEditorOptions) {
    this.#options = options;
    const readableFolders = [...options.projects.map(({ dir }) => dir), ...options.readableFolders];
    this.#language = new LanguageProcess({ ...options, readableFolders });
  }

  projectNames(): readonly string[] {
    return this.#options.projects.map(({ name }) => name);
  }

  tree(project: string): Promise<readonly TreeEntry[]> {
    return projectTree(this.#dirOf(project));
  }

  read(project: string, path: string): Promise<SourceFile> {
    return readSource(this.#dirOf(project), path);
  }

  /** Checks, then saves; with errors only when forced. @throws PolyflowError `code_conflict`, `code_path_invalid` */
  async save(project: string, change: FileChange): Promise<SavedFile> {
    const { dir } = this.#project(project);
    const problems = await this.#compiled(project, change.path, change.content);
    if (problems.some(({ severity }) => severity === "error") && !change.force) return { hash: null, problems };
    return { hash: await writeSource(dir, change.path, change), problems };
  }

  remove(project: string, path: string, expected: string): Promise<void> {
    return removeSource(this.#dirOf(project), path, expected);
  }

  move(project: string, from: string, to: string): Promise<void> {
    return moveSource(this.#dirOf(project), from, to);
  }

  find(project: string, text: string, options: { readonly matchCase: boolean }): Promise<FoundLines> {
    return findInFiles(this.#dirOf(project), text, options);
  }

  /** Errors of types, and what is wrong in descriptions of data; none for other files. */
  async diagnose(project: string, { path, content }: Pick<CodePlace, "path" | "content">): Promise<readonly CodeProblem[]> {
    if (METADATA.test(path)) return this.#metadataProblems(project, path, content);
    if (!TYPESCRIPT.test(path)) return [];
    const answer = await this.#ask("diagnose", project, { path, content, offset: 0 });
    return answer.kind === "diagnose" ? answer.problems : [];
  }

  async complete(project: string, place: CodePlace): Promise<{ readonly from: number; readonly items: readonly CodeCompletion[] }> {
    if (METADATA.test(place.path)) return (await this.#options.metadataAssistant()).complete(place);
    const answer = TYPESCRIPT.test(place.path) ? await this.#ask("complete", project, place) : undefined;
    return answer?.kind === "complete" ? answer : { from: place.offset, items: [] };
  }

  async hover(project: string, place: CodePlace): Promise<{ readonly text: string; readonly documentation: string }> {
    if (METADATA.test(place.path)) return (await this.#options.metadataAssistant()).hover(place);
    const answer = TYPESCRIPT.test(place.path) ? await this.#ask("hover", project, place) : undefined;
    return answer?.kind === "hover" ? answer : { text: "", documentation: "" };
  }

  gitStatus(project: string): Promise<GitStatus | undefined> {
    return gitStatus(this.#dirOf(project));
  }

  gitDiff(project: string, path: string | undefined): Promise<string> {
    return gitDiff(this.#dirOf(project), path);
  }

  gitHistory(project: string, path: string | undefined): Promise<readonly GitCommit[]> {
    return gitHistory(this.#dirOf(project), path, HISTORY);
  }

  gitShow(project: string, path: string, commit: string): Promise<string> {
    return gitShow(this.#dirOf(project), path, commit);
  }

  gitCommit(project: string, order: CommitOrder): Promise<string> {
    return gitCommit(this.#dirOf(project), order);
  }

  stop(): void {
    this.#language.stop();
  }

  async #compiled(project: string, path: string, content: string): Promise<readonly CodeProblem[]> {
    const own = this.#project(project);
    if (METADATA.test(path)) return this.#metadataProblems(project, path, content);
    return withCandidate(own.dir, { path, content }, (candidatePath) => this.#options.compile(own, path, candidatePath));
  }

  async #metadataProblems(project: string, path: string, content: string): Promise<readonly CodeProblem[]> {
    const own = this.#project(project);
    await projectPath(own.dir, path);
    return this.#options.checkMetadata(own, path, content);
  }

  async #ask(kind: "diagnose" | "complete" | "hover", project: string, place: CodePlace) {
    const projectDir = this.#dirOf(project);
    return this.#language.ask({ ...place, kind, projectDir, file: await projectPath(projectDir, place.path) });
  }

  #dirOf(project: string): string {
    return this.#project(project).dir;
  }

  #project(name: string): EditedProject {
    const found = this.#options.projects.find((project) => project.name === name);
    if (found === undefined) throw new PolyflowError("not_found", `There is no project "${name}".`);
    return found;
  }
}
