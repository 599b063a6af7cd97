export * from "./date-format.ts";
export * from "./entity-definition.ts";
export * from "./flow-definition.ts";
export { formatProblem } from "./problem.ts";
export type { MetadataProblem } from "./problem.ts";
export * from "./project.ts";
export * from "./source-definition.ts";
export * from "./source-path.ts";
