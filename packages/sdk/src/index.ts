export * from "./task-context.ts";
