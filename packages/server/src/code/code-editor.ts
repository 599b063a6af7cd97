/** A problem of a file; line and column from 1, null where it is the whole file's. */
export interface EditorProblem {
  readonly line: number | null;
  readonly column: number | null;
  readonly severity: "error" | "warning";
  readonly message: string;
}

export interface EditorCompletion {
  readonly label: string;
  readonly kind: string;
  readonly sort: string;
  /** What is written, where that is not the label. */
  readonly insert?: string;
  readonly detail?: string;
}

export interface EditorPlace {
  readonly path: string;
  readonly content: string;
  readonly offset: number;
}

/** What the code editor of the interface can do with the files of projects; the application that composes the server brings it. */
export interface CodeEditor {
  projectNames(): readonly string[];
  tree(project: string): Promise<readonly { readonly path: string; readonly kind: "file" | "folder"; readonly size: number }[]>;
  read(project: string, path: string): Promise<{ readonly content: string; readonly hash: string }>;
  save(
    project: string,
    change: { readonly path: string; readonly content: string; readonly expected: string | null; readonly force: boolean },
  ): Promise<{ readonly hash: string | null; readonly problems: readonly EditorProblem[] }>;
  remove(project: string, path: string, expected: string): Promise<void>;
  move(project: string, from: string, to: string): Promise<void>;
  find(
    project: string,
    text: string,
    options: { readonly matchCase: boolean },
  ): Promise<{
    readonly lines: readonly { readonly path: string; readonly line: number; readonly column: number; readonly text: string }[];
    readonly isCut: boolean;
  }>;
  diagnose(project: string, file: Pick<EditorPlace, "path" | "content">): Promise<readonly EditorProblem[]>;
  complete(
    project: string,
    place: EditorPlace,
  ): Promise<{
    readonly from: number;
    readonly items: readonly EditorCompletion[];
  }>;
  hover(project: string, place: EditorPlace): Promise<{ readonly text: string; readonly documentation: string }>;
  gitStatus(project: string): Promise<
    | {
        readonly branch: string | null;
        readonly changes: readonly {
          readonly path: string;
          readonly change: "added" | "modified" | "deleted" | "renamed" | "untracked" | "conflict";
        }[];
      }
    | undefined
  >;
  gitDiff(project: string, path: string | undefined): Promise<string>;
  gitHistory(
    project: string,
    path: string | undefined,
  ): Promise<readonly { readonly hash: string; readonly author: string; readonly at: string; readonly subject: string }[]>;
  gitShow(project: string, path: string, commit: string): Promise<string>;
  gitCommit(
    project: string,
    order: {
      readonly paths: readonly string[];
      readonly message: string;
      readonly author: { readonly name: string; readonly email: string };
    },
  ): Promise<string>;
}
