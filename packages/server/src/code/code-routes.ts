import { PolyflowError } from "@polyflow/contracts";
import { uiCodeFile, uiCodeFound, uiCodeProjects, uiCodeSaved, uiCodeTree } from "@polyflow/contracts/wire";
import { z } from "zod";
import { callerOf } from "../access/caller-of.ts";
import { globally } from "../access/policy.ts";
import { flag } from "../http/query.ts";
import type { App, ServerContext } from "../server-context.ts";
import { addCodeAssistantRoutes } from "./assistant-routes.ts";
import { EDIT_CODE, editorOf, fileContent, filePath, projectName, READ_CODE } from "./code-context.ts";
import { addGitRoutes } from "./git-routes.ts";

const hash = z.string().regex(/^[\da-f]{64}$/, "is no hash of a file");

/** Files of projects for the code editor. */
export function addCodeRoutes(app: App, context: ServerContext): void {
  addFileReading(app, context);
  addFileWriting(app, context);
  addCodeAssistantRoutes(app, context);
  addGitRoutes(app, context);
}

function addFileReading(app: App, context: ServerContext): void {
  app.get("/code/projects", { config: { policy: READ_CODE }, schema: { hide: true, response: { 200: uiCodeProjects } } }, async () => ({
    projects: editorOf(context)
      .projectNames()
      .map((name) => ({ name })),
  }));
  app.get(
    "/code/tree",
    {
      config: { policy: READ_CODE },
      schema: { hide: true, querystring: z.strictObject({ project: projectName }), response: { 200: uiCodeTree } },
    },
    async (request) => ({ entries: [...(await editorOf(context).tree(request.query.project))] }),
  );
  app.get(
    "/code/file",
    {
      config: { policy: READ_CODE },
      schema: { hide: true, querystring: z.strictObject({ project: projectName, path: filePath }), response: { 200: uiCodeFile } },
    },
    (request) => editorOf(context).read(request.query.project, request.query.path),
  );
  app.get(
    "/code/search",
    {
      config: { policy: READ_CODE },
      schema: {
        hide: true,
        querystring: z.strictObject({ project: projectName, text: z.string().min(1).max(500), match_case: flag.default(false) }),
        response: { 200: uiCodeFound },
      },
    },
    async (request) => {
      const { project, text, match_case: matchCase } = request.query;
      const { lines, isCut } = await editorOf(context).find(project, text, { matchCase });
      return { lines: [...lines], is_cut: isCut };
    },
  );
}

function addFileWriting(app: App, context: ServerContext): void {
  app.put(
    "/code/file",
    {
      config: { policy: EDIT_CODE, audit: "save_code" },
      bodyLimit: 9_000_000,
      schema: {
        hide: true,
        body: z.strictObject({
          project: projectName,
          path: filePath,
          content: fileContent,
          expected: hash.nullable(),
          force: z.boolean().default(false),
        }),
        response: { 200: uiCodeSaved },
      },
    },
    async (request) => {
      const { project, ...change } = request.body;
      if (change.expected === null && !callerOf(request).rights.everywhere("create", "DAG Code"))
        throw new PolyflowError("not_allowed", "You need the right to create DAG Code for a new file. An administrator can grant it.");
      const saved = await editorOf(context).save(project, change);
      request.auditDetails = { project, path: change.path, saved: saved.hash !== null };
      return { hash: saved.hash, problems: [...saved.problems] };
    },
  );
  app.delete(
    "/code/file",
    {
      config: { policy: globally("delete", "DAG Code"), audit: "delete_code" },
      schema: { hide: true, querystring: z.strictObject({ project: projectName, path: filePath, expected: hash }) },
    },
    async (request, reply) => {
      const { project, path, expected } = request.query;
      await editorOf(context).remove(project, path, expected);
      request.auditDetails = { project, path };
      return reply.code(204).send();
    },
  );
  app.post(
    "/code/move",
    {
      config: { policy: [EDIT_CODE, globally("create", "DAG Code"), globally("delete", "DAG Code")], audit: "move_code" },
      schema: { hide: true, body: z.strictObject({ project: projectName, from: filePath, to: filePath }) },
    },
    async (request, reply) => {
      const { project, from, to } = request.body;
      await editorOf(context).move(project, from, to);
      request.auditDetails = { project, from, to };
      return reply.code(204).send();
    },
  );
}
