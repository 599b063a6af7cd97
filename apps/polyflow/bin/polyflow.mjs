#!/usr/bin/env -S node --max-semi-space-size=8
// Starts the command line. In a checkout it also runs on an older Node: then it fetches and uses the pinned one.
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const bootstrap = new URL("../../../tools/bootstrap/node.mjs", import.meta.url);
if (existsSync(fileURLToPath(bootstrap))) await (await import(bootstrap.href)).ensureNode();
// Before the first TypeScript: with what is kept of it, the compiler of TypeScript is not even loaded.
module.enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/polyflow", import.meta.url)));
await import("../src/main.ts");
