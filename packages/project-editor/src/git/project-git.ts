import { isPolyflowError } from "@polyflow/contracts";
import { projectPath } from "../files/project-path.ts";
import { runGit } from "./run-git.ts";

export interface GitChange {
  readonly path: string;
  readonly change: "added" | "modified" | "deleted" | "renamed" | "untracked" | "conflict";
}

export interface GitStatus {
  /** Null: the last commit has no branch. */
  readonly branch: string | null;
  readonly changes: readonly GitChange[];
}

export interface GitCommit {
  readonly hash: string;
  readonly author: string;
  readonly at: string;
  readonly subject: string;
}

export interface CommitOrder {
  readonly paths: readonly string[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

const FIELD = "\u001F";
const RECORD = "\u001E";
const COMMIT = /^[\da-f]{7,64}$/;

/** State of the project's checkout; undefined when it is none, or there is no git. */
export async function gitStatus(projectDir: string): Promise<GitStatus | undefined> {
  let prefix: string;
  try {
    prefix = (await runGit(projectDir, ["rev-parse", "--show-prefix"])).trim();
  } catch (error) {
    if (isPolyflowError(error, "git_failed")) return undefined;
    throw error;
  }
  const text = await runGit(projectDir, ["status", "--porcelain=v1", "-z", "--branch", "--untracked-files=all", "--no-renames", "--", "."]);
  const [head = "", ...rows] = text.split("\0").filter((row) => row !== "");
  const changes = rows.map((row) => ({ path: row.slice(3 + prefix.length), change: changeOf(row.slice(0, 2)) }));
  return { branch: branchOf(head), changes };
}

/** What differs from the last commit, as a unified diff. */
export async function gitDiff(projectDir: string, path: string | undefined): Promise<string> {
  const where = path === undefined ? ["."] : [relative(await projectPath(projectDir, path), projectDir)];
  return runGit(projectDir, ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--relative", "HEAD", "--", ...where]);
}

/** A file as a commit has it; empty when it was not there. */
export async function gitShow(projectDir: string, path: string, commit: string): Promise<string> {
  await projectPath(projectDir, path);
  try {
    return await runGit(projectDir, ["show", "--no-textconv", `${checkedCommit(commit)}:./${path}`]);
  } catch (error) {
    if (isPolyflowError(error, "git_failed") && /does not exist|exists on disk|invalid object name 'HEAD'/.test(error.message)) return "";
    throw error;
  }
}

/** The newest commits that touched the path, or the project. */
export async function gitHistory(projectDir: string, path: string | undefined, limit: number): Promise<readonly GitCommit[]> {
  const where = path === undefined ? ["."] : [relative(await projectPath(projectDir, path), projectDir)];
  const format = `--format=%H${FIELD}%an${FIELD}%aI${FIELD}%s${RECORD}`;
  const text = await runGit(projectDir, ["log", format, `--max-count=${limit}`, "--no-show-signature", "--", ...where]).catch(
    (error: unknown) => {
      if (isPolyflowError(error, "git_failed") && error.message.includes("does not have any commits")) return "";
      throw error;
    },
  );
  return text
    .split(RECORD)
    .map((row) => row.trim().split(FIELD))
    .filter((fields) => fields.length === 4)
    .map(([hash = "", author = "", at = "", subject = ""]) => ({ hash, author, at, subject }));
}

/** Commits exactly these files, as they are now; whatever else is staged stays staged. @returns the new commit's hash */
export async function gitCommit(projectDir: string, { paths, message, author }: CommitOrder): Promise<string> {
  for (const path of paths) await projectPath(projectDir, path);
  const who = ["-c", `user.name=${plain(author.name)}`, "-c", `user.email=${plain(author.email)}`];
  await runGit(projectDir, ["add", "--all", "--", ...paths]);
  await runGit(projectDir, [...who, "commit", "--no-verify", "--quiet", "--file=-", "--only", "--", ...paths], { input: message });
  return (await runGit(projectDir, ["rev-parse", "HEAD"])).trim();
}

function changeOf(code: string): GitChange["change"] {
  if (code === "??") return "untracked";
  if (code.includes("U") || code === "AA" || code === "DD") return "conflict";
  if (code.includes("D")) return "deleted";
  if (code.includes("A")) return "added";
  return code.includes("R") ? "renamed" : "modified";
}

/** `## main...origin/main [ahead 1]`, `## No commits yet on main`, `## HEAD (no branch)` */
function branchOf(head: string): string | null {
  const name = head.replace(/^## (?:No commits yet on )?/, "").split(/\.\.\.| /)[0] ?? "";
  return name === "HEAD" || name === "" ? null : name;
}

function checkedCommit(commit: string): string {
  return COMMIT.test(commit) ? commit : "HEAD";
}

function relative(absolute: string, projectDir: string): string {
  return absolute.slice(projectDir.length + 1);
}

/** Names must not end the header that git writes them into. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}<>]/gu, " ").trim() || "unknown";
}
