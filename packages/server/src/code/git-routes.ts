import { uiGitCommitted, uiGitDiff, uiGitFile, uiGitHistory, uiGitStatus } from "@polyflow/contracts/wire";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import type { App, ServerContext } from "../server-context.ts";
import { EDIT_CODE, editorOf, filePath, projectName, READ_CODE } from "./code-context.ts";

const ofPath = z.strictObject({ project: projectName, path: filePath.optional() });
const commit = z.string().regex(/^(?:HEAD|[\da-f]{7,64})$/, "is no commit");

/** The checkout that a project may be: state, differences, history, commits. */
export function addGitRoutes(app: App, context: ServerContext): void {
  app.get(
    "/code/git",
    {
      config: { policy: READ_CODE },
      schema: { hide: true, querystring: z.strictObject({ project: projectName }), response: { 200: uiGitStatus } },
    },
    async (request) => {
      const status = await editorOf(context).gitStatus(request.query.project);
      return { git: status === undefined ? null : { branch: status.branch, changes: [...status.changes] } };
    },
  );
  app.get(
    "/code/git/diff",
    { config: { policy: READ_CODE }, schema: { hide: true, querystring: ofPath, response: { 200: uiGitDiff } } },
    async (request) => ({ diff: await editorOf(context).gitDiff(request.query.project, request.query.path) }),
  );
  app.get(
    "/code/git/history",
    { config: { policy: READ_CODE }, schema: { hide: true, querystring: ofPath, response: { 200: uiGitHistory } } },
    async (request) => ({ commits: [...(await editorOf(context).gitHistory(request.query.project, request.query.path))] }),
  );
  app.get(
    "/code/git/file",
    {
      config: { policy: READ_CODE },
      schema: {
        hide: true,
        querystring: z.strictObject({ project: projectName, path: filePath, commit: commit.default("HEAD") }),
        response: { 200: uiGitFile },
      },
    },
    async (request) => {
      const { project, path, commit: wanted } = request.query;
      return { content: await editorOf(context).gitShow(project, path, wanted) };
    },
  );
  app.post(
    "/code/git/commit",
    {
      config: { policy: EDIT_CODE, audit: "commit_code" },
      schema: {
        hide: true,
        body: z.strictObject({
          project: projectName,
          paths: z.array(filePath).min(1).max(1000),
          message: z.string().trim().min(1).max(10_000),
        }),
        response: { 200: uiGitCommitted },
      },
    },
    async (request) => {
      const { project, paths, message } = request.body;
      const hash = await editorOf(context).gitCommit(project, {
        paths,
        message,
        author: await authorOf(callerOf(request).principal.username),
      });
      request.auditDetails = { project, paths, hash };
      return { hash };
    },
  );

  async function authorOf(username: string): Promise<{ readonly name: string; readonly email: string }> {
    const user = await context.store.identity.findUser(username);
    const name = [user?.firstName, user?.lastName].filter((part) => part !== undefined && part !== "").join(" ");
    return { name: name === "" ? username : name, email: user?.email ?? `${username}@localhost` };
  }
}
