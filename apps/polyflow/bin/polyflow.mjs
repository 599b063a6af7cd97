#!/usr/bin/env node
// Starts the command line. In a checkout it also runs on an older Node: then it fetches and uses the pinned one.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bootstrap = new URL("../../../tools/bootstrap/node.mjs", import.meta.url);
if (existsSync(fileURLToPath(bootstrap))) await (await import(bootstrap.href)).ensureNode();
await import("../src/main.ts");
