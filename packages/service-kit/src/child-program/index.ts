export * from "./child-program.ts";
