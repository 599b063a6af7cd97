export { load } from "./load.ts";
export type { LoadOptions, LoadSummary } from "./load.ts";
