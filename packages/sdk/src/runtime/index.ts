export { authorFrames, type SourceLocation } from "../source-location.ts";
export { collectDags, findTask, locationOf, originOf } from "./collect-dags.ts";
export * from "./definition.ts";
export { BUNDLE_HEADER, type BundleToImport, importBundle } from "./import-bundle.ts";
export * from "./provider.ts";
export { registerPolyflowResolution } from "./resolution.ts";
export { outcomeOf, runTask } from "./run-task.ts";
