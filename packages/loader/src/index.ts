export type { LoadLimits, LoadLog, LoadRequest, LoadResult } from "./load-request.ts";
export { runLoad } from "./run-load.ts";
export { scanSource } from "./scan-source.ts";
export type { ScannedSource } from "./scan-source.ts";
