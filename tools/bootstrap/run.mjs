// node tools/bootstrap/run.mjs FILE [arguments]: runs a TypeScript file of this repository on a Node that can, with everything installed.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureNode } from "./node.mjs";

await ensureNode();
ensureDependencies();
const file = process.argv[2];
if (file === undefined) {
  console.error("Which file? node tools/bootstrap/run.mjs FILE [arguments]");
  process.exit(2);
}
process.argv.splice(1, 2, resolve(file));
await import(pathToFileURL(resolve(file)).href);
