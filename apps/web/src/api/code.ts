import type {
  UiCodeCompletions,
  UiCodeFile,
  UiCodeFound,
  UiCodeHover,
  UiCodeProblems,
  UiCodeProjects,
  UiCodeSaved,
  UiCodeTree,
  UiGitHistory,
  UiGitStatus,
} from "@polyflow/contracts/wire";
import { queryOptions } from "@tanstack/react-query";
import { get, send, url } from "./http.ts";

export type TreeEntry = UiCodeTree["entries"][number];
export type CodeProblem = UiCodeProblems["problems"][number];
export type GitChange = NonNullable<UiGitStatus["git"]>["changes"][number];
export type { UiCodeFile, UiCodeSaved };

/** A file of a project. */
export interface FileAddress {
  readonly project: string;
  readonly path: string;
}

export const codeProjectsQuery = queryOptions({
  queryKey: ["code", "projects"],
  queryFn: ({ signal }) => get<UiCodeProjects>("/ui/code/projects", signal),
});

export function treeQuery(project: string) {
  return queryOptions({
    queryKey: ["code", "tree", project],
    queryFn: ({ signal }) => get<UiCodeTree>(url("/ui/code/tree", { project }), signal),
    enabled: project !== "",
    staleTime: 0,
  });
}

export function readFile({ project, path }: FileAddress, signal?: AbortSignal): Promise<UiCodeFile> {
  return get<UiCodeFile>(url("/ui/code/file", { project, path }), signal);
}

export function fileQuery({ project, path }: FileAddress) {
  return queryOptions({
    queryKey: ["code", "file", project, path],
    queryFn: ({ signal }) => readFile({ project, path }, signal),
    enabled: project !== "" && path !== "",
    // What stands in the editor must not be replaced behind the writer's back.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

export interface SaveOrder extends FileAddress {
  readonly content: string;
  /** Hash of what was read; null for a new file. */
  readonly expected: string | null;
  readonly force: boolean;
}

export function saveFile(order: SaveOrder): Promise<UiCodeSaved> {
  return send("PUT", "/ui/code/file", order);
}

export function deleteFile({ project, path }: FileAddress, expected: string): Promise<void> {
  return send("DELETE", url("/ui/code/file", { project, path, expected }));
}

export function moveFile(project: string, from: string, to: string): Promise<void> {
  return send("POST", "/ui/code/move", { project, from, to });
}

export function checkFile(address: FileAddress, content: string): Promise<UiCodeProblems> {
  return send("POST", "/ui/code/check", { ...address, content });
}

export function completeCode(address: FileAddress, content: string, offset: number): Promise<UiCodeCompletions> {
  return send("POST", "/ui/code/complete", { ...address, content, offset });
}

export function hoverCode(address: FileAddress, content: string, offset: number): Promise<UiCodeHover> {
  return send("POST", "/ui/code/hover", { ...address, content, offset });
}

export function searchQuery(project: string, text: string, matchCase: boolean) {
  return queryOptions({
    queryKey: ["code", "search", project, text, matchCase],
    queryFn: ({ signal }) => get<UiCodeFound>(url("/ui/code/search", { project, text, match_case: matchCase }), signal),
    enabled: text !== "",
    gcTime: 0,
    staleTime: 0,
  });
}

export function gitStatusQuery(project: string) {
  return queryOptions({
    queryKey: ["code", "git", project],
    queryFn: ({ signal }) => get<UiGitStatus>(url("/ui/code/git", { project }), signal),
    enabled: project !== "",
    staleTime: 0,
  });
}

export function gitHistoryQuery(project: string, path: string | undefined) {
  return queryOptions({
    queryKey: ["code", "git-history", project, path ?? null],
    queryFn: ({ signal }) => get<UiGitHistory>(url("/ui/code/git/history", { project, path }), signal),
    staleTime: 0,
  });
}

/** The file as a commit has it; the last one without it. */
export function committedFileQuery({ project, path }: FileAddress, commit?: string) {
  return queryOptions({
    queryKey: ["code", "git-file", project, path, commit ?? "HEAD"],
    queryFn: ({ signal }) => get<{ content: string }>(url("/ui/code/git/file", { project, path, commit }), signal),
    staleTime: 0,
  });
}

export function commitFiles(project: string, paths: readonly string[], message: string): Promise<{ hash: string }> {
  return send("POST", "/ui/code/git/commit", { project, paths, message });
}
