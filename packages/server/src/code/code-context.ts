import { PolyflowError } from "@polyflow/contracts";
import { z } from "zod";
import { globally } from "../access/policy.ts";
import type { ServerContext } from "../server-context.ts";
import type { CodeEditor } from "./code-editor.ts";

/** Reading code takes the right to read all code: a file may hold several DAGs, and a project all of them. */
export const READ_CODE = globally("read", "DAG Code");
export const EDIT_CODE = globally("edit", "DAG Code");

export const projectName = z.string().min(1).max(250);
export const filePath = z.string().min(1).max(500);
export const fileContent = z.string().max(2_000_000);
export const place = z.strictObject({ project: projectName, path: filePath, content: fileContent, offset: z.int().min(0) });

/** @throws PolyflowError `not_found` where the server has no editor. */
export function editorOf({ codeEditor }: ServerContext): CodeEditor {
  if (codeEditor === undefined) throw new PolyflowError("not_found", "This server has no code editor: [webserver] code_editor is off.");
  return codeEditor;
}
