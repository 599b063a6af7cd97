export * from "./executor.ts";
export * from "./work-sink.ts";
export * from "./workload.ts";
