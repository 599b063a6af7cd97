/**
 * The code editor: `/ui/code`. Paths are relative to the project's folder. Not a public interface.
 *
 * | call | answer |
 * | --- | --- |
 * | `GET /projects` | `uiCodeProjects` |
 * | `GET /tree?project` | `uiCodeTree` |
 * | `GET /file?project&path` | `uiCodeFile` |
 * | `PUT /file` `{project, path, content, expected, force}` | `uiCodeSaved`: checked first; with problems it is saved only when forced |
 * | `DELETE /file?project&path&expected`, `POST /move` `{project, from, to}` | nothing |
 * | `POST /check` `{project, path, content}` | `uiCodeProblems` |
 * | `POST /complete` `{project, path, content, offset}`, `POST /hover` | `uiCodeCompletions`, `uiCodeHover` |
 * | `GET /search?project&text&match_case` | `uiCodeFound` |
 * | `GET /git?project`, `/git/diff`, `/git/history`, `/git/file` | `uiGitStatus`, `uiGitDiff`, `uiGitHistory`, `uiGitFile` |
 * | `POST /git/commit` `{project, paths, message}` | `uiGitCommitted` |
 */
import { z } from "zod";

export const uiCodeProjects = z.object({ projects: z.array(z.object({ name: z.string() })) });
export type UiCodeProjects = z.infer<typeof uiCodeProjects>;

export const uiCodeTree = z.object({
  entries: z.array(z.object({ path: z.string(), kind: z.enum(["file", "folder"]), size: z.number().int() })),
});
export type UiCodeTree = z.infer<typeof uiCodeTree>;

export const uiCodeFile = z.object({ content: z.string(), hash: z.string() });
export type UiCodeFile = z.infer<typeof uiCodeFile>;

const problem = z.object({
  /** From 1; null: of the whole file. */
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
  severity: z.enum(["error", "warning"]),
  message: z.string(),
});
export const uiCodeProblems = z.object({ problems: z.array(problem) });
export type UiCodeProblems = z.infer<typeof uiCodeProblems>;

/** `hash` null: it was not saved. */
export const uiCodeSaved = z.object({ hash: z.string().nullable(), problems: z.array(problem) });
export type UiCodeSaved = z.infer<typeof uiCodeSaved>;

export const uiCodeCompletions = z.object({
  /** Offset at which the replaced word begins. */
  from: z.number().int(),
  /** `insert`: what is written, where that is not the label. */
  items: z.array(
    z.object({ label: z.string(), kind: z.string(), sort: z.string(), insert: z.string().optional(), detail: z.string().optional() }),
  ),
});
export type UiCodeCompletions = z.infer<typeof uiCodeCompletions>;

export const uiCodeHover = z.object({ text: z.string(), documentation: z.string() });
export type UiCodeHover = z.infer<typeof uiCodeHover>;

export const uiCodeFound = z.object({
  lines: z.array(z.object({ path: z.string(), line: z.number().int(), column: z.number().int(), text: z.string() })),
  is_cut: z.boolean(),
});
export type UiCodeFound = z.infer<typeof uiCodeFound>;

/** `git` null: the project is no checkout. */
export const uiGitStatus = z.object({
  git: z
    .object({
      branch: z.string().nullable(),
      changes: z.array(
        z.object({ path: z.string(), change: z.enum(["added", "modified", "deleted", "renamed", "untracked", "conflict"]) }),
      ),
    })
    .nullable(),
});
export type UiGitStatus = z.infer<typeof uiGitStatus>;

export const uiGitDiff = z.object({ diff: z.string() });
export const uiGitFile = z.object({ content: z.string() });
export const uiGitCommitted = z.object({ hash: z.string() });
export const uiGitHistory = z.object({
  commits: z.array(z.object({ hash: z.string(), author: z.string(), at: z.string(), subject: z.string() })),
});
export type UiGitHistory = z.infer<typeof uiGitHistory>;
