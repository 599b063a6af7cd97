export { type DagChanges, plainDag, plainTask, type TaskChanges } from "./plain-specs.ts";
