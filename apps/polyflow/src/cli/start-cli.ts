import { systemClock } from "@polyflow/service-kit";
import { runCli } from "./run-cli.ts";

// Whoever read the output is gone (`| head`, a closed terminal): end as on a hang-up, which `standalone` does in order.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.kill(process.pid, "SIGHUP");
  });
}

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  isTerminal: process.stderr.isTTY,
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
});
