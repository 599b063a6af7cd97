import module from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

// Compiled code is kept beside the packages, so that the next call starts in half the time; in vain where that is read-only.
module.enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/polyflow", import.meta.url)));

// Imported now, not above: what is imported statically is compiled before the cache is there.
const { findProgram } = await import("./compiled/find-program.ts");
const program = process.argv.includes("standalone") ? findProgram() : undefined;
await (program === undefined ? import("./cli/start-cli.ts") : import(pathToFileURL(program).href));
