export { readSource, type SourceFile, writeSource } from "./files/project-files.ts";
export { projectPath } from "./files/project-path.ts";
export {
  type CodePlace,
  type EditedProject,
  type FileChange,
  ProjectEditor,
  type ProjectEditorOptions,
  type SavedFile,
} from "./project-editor.ts";
export type { CodeProblem } from "./language/messages.ts";
