import { uiCodeCompletions, uiCodeHover, uiCodeProblems } from "@polyflow/contracts/wire";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";
import { EDIT_CODE, editorOf, fileContent, filePath, place, projectName } from "./code-context.ts";

const BODY_LIMIT = 9_000_000;

/**
 * Errors of types, completion and hover texts for what stands in the editor. They change nothing, but they take computing time, so that
 * they are for those who edit.
 */
export function addCodeAssistantRoutes(app: App, context: ServerContext): void {
  app.post(
    "/code/check",
    {
      config: { policy: EDIT_CODE, audit: "check_code", unrecorded: true },
      bodyLimit: BODY_LIMIT,
      schema: {
        hide: true,
        body: z.strictObject({ project: projectName, path: filePath, content: fileContent }),
        response: { 200: uiCodeProblems },
      },
    },
    async (request) => ({ problems: [...(await editorOf(context).diagnose(request.body.project, request.body))] }),
  );
  app.post(
    "/code/complete",
    {
      config: { policy: EDIT_CODE, audit: "complete_code", unrecorded: true },
      bodyLimit: BODY_LIMIT,
      schema: { hide: true, body: place, response: { 200: uiCodeCompletions } },
    },
    async (request) => {
      const { project, path, content, offset } = request.body;
      const { from, items } = await editorOf(context).complete(project, { path, content, offset });
      return { from, items: [...items] };
    },
  );
  app.post(
    "/code/hover",
    {
      config: { policy: EDIT_CODE, audit: "hover_code", unrecorded: true },
      bodyLimit: BODY_LIMIT,
      schema: { hide: true, body: place, response: { 200: uiCodeHover } },
    },
    async (request) => {
      const { project, path, content, offset } = request.body;
      const { text, documentation } = await editorOf(context).hover(project, { path, content, offset });
      return { text, documentation };
    },
  );
}
