/** `npm run check`: everything that can be judged without running Polyflow. The same here and in CI. */
import { documentedErrors } from "./documented-errors.ts";
import { fileLength } from "./file-length.ts";
import { command, type Step } from "./step.ts";

const BIN = "node_modules/.bin";
const TSC = "node_modules/ts7/bin/tsc";
const SOURCES = ["packages", "providers", "apps", "examples", "tests", "bench", "tools"];

const STEPS: readonly Step[] = [
  command("format", `${BIN}/biome`, ["format", "."]),
  command("types", process.execPath, [TSC, "-p", "tsconfig.json"]),
  command("types of the interface", process.execPath, [TSC, "-p", "apps/web/tsconfig.json"]),
  command("types of the examples", process.execPath, [TSC, "-p", "examples/tsconfig.json", "--noEmit"]),
  command("lint", `${BIN}/oxlint`, ["--type-aware", "--deny-warnings"]),
  command("import rules D1-D8", `${BIN}/depcruise`, ["--config", ".dependency-cruiser.cjs", ...SOURCES]),
  command("declared dependencies", `${BIN}/biome`, [
    "lint",
    "--only=correctness/noUndeclaredDependencies",
    "packages",
    "providers",
    "apps",
  ]),
  command("dead code", `${BIN}/knip`, []),
  command("OpenAPI document and client", process.execPath, ["tools/generate-api-client.ts", "--check"]),
  fileLength,
  documentedErrors,
];

const failed: string[] = [];
for (const step of STEPS) {
  const startedMs = performance.now();
  const result = await step.run();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${result.ok ? "ok    " : "FAILED"} ${step.name} (${seconds} s)`);
  if (!result.ok) {
    failed.push(step.name);
    console.log(result.output.trimEnd());
  }
}
console.log(
  failed.length === 0 ? `${STEPS.length} checks passed` : `${failed.length} of ${STEPS.length} checks failed: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
