export * from "./dag-store.ts";
export * from "./execution-store.ts";
export * from "./identity-store.ts";
export * from "./overview-store.ts";
export * from "./run-store.ts";
export * from "./scheduler-store.ts";
export * from "./secret-store.ts";
export * from "./store.ts";
