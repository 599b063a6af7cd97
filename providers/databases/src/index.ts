export { provider } from "./provider.ts";
export { publish } from "./publish.ts";
export type { PublishOptions, PublishSummary } from "./publish.ts";
