export { createDagProcessor } from "./dag-processor.ts";
export type { DagProcessorOptions, DagProcessorSettings, Project } from "./options.ts";
export { readDagFile, type DagFileReader, createDagFileReader } from "./dag-file-reader.ts";
