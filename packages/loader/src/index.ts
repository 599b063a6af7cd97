export type { LoadLimits, LoadLog, LoadRequest, LoadResult } from "./load-request.ts";
export { runLoad } from "./run-load.ts";
