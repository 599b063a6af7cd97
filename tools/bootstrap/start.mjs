// npm start: from a fresh checkout to a running Polyflow.
import module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureNode, ROOT, whenOrphaned } from "./node.mjs";

await ensureNode();
ensureDependencies();
module.enableCompileCache(join(ROOT, "node_modules/.cache/polyflow"));
const { buildWeb } = await import(pathToFileURL(join(ROOT, "tools/build-web.ts")).href);
await buildWeb();
whenOrphaned(() => process.kill(process.pid, "SIGTERM"));
process.argv.splice(1, 1, join(ROOT, "apps/polyflow/bin/polyflow.mjs"), "standalone");
await import(pathToFileURL(join(ROOT, "apps/polyflow/bin/polyflow.mjs")).href);
