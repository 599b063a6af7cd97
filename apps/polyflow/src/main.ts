import module from "node:module";
import { fileURLToPath } from "node:url";
import { systemClock } from "@polyflow/service-kit";

// Compiled code is kept beside the packages, so that the next call starts in half the time; in vain where that is read-only.
module.enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/polyflow", import.meta.url)));

// Whoever read the output is gone (`| head`, a closed terminal): end as on a hang-up, which `standalone` does in order.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.kill(process.pid, "SIGHUP");
  });
}

// Imported now, not above: what is imported statically is compiled before the cache is there.
const { runCli } = await import("./cli/run-cli.ts");
process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  isTerminal: process.stderr.isTTY,
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
});
