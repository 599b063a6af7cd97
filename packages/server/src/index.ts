export { hashPassword } from "./access/passwords.ts";
export { createServer, type PolyflowServer } from "./create-server.ts";
export { buildOpenApiDocument } from "./openapi-document.ts";
export type { CodeEditor, EditorPlace, EditorProblem } from "./code/code-editor.ts";
export type { ConnectionDesk } from "./connections/connection-desk.ts";
export type { DataCatalogue, RejectFilter } from "./data/data-catalogue.ts";
export type { DataDecisions, DecidedDrift, ReplayedRejects } from "./data/data-decisions.ts";
export type {
  LayoutDesigner,
  LayoutFile,
  LayoutFileEntry,
  LayoutOrder,
  LayoutSaveOrder,
  RemoteFile,
  SavedLayout,
} from "./data/layout-designer.ts";
export type { LayoutLookAnswer } from "./rest/schemas/layout-schemas.ts";
export { safeName } from "./uploads/safe-name.ts";
export type { Installation, ShownOption, ShownPlugin, ShownProvider } from "./installation.ts";
export type { ServerOptions } from "./server-options.ts";
