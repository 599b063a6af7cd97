// npm test: all tests on a fresh machine; arguments go to vitest. The last line says how many passed, failed and were skipped.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureNode, ROOT } from "./node.mjs";
import { ensureOlderPostgres } from "./older-postgres.mjs";
import { ensureSystemPackages } from "./system-packages.mjs";

await ensureNode();
ensureDependencies();
ensureSystemPackages();
ensureOlderPostgres();
const { buildWeb } = await import(pathToFileURL(join(ROOT, "tools/build-web.ts")).href);
await buildWeb();

const results = join(ROOT, "test-results", "vitest.json");
mkdirSync(join(ROOT, "test-results"), { recursive: true });
rmSync(results, { force: true });
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
const run = spawnSync(process.execPath, [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...reporters, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: "inherit",
});
const { passed, failed, skipped } = count(run.status);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? (run.status ?? 1) : 1;

function count(status) {
  if (!existsSync(results)) return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  const report = JSON.parse(readFileSync(results, "utf8"));
  // A file that could not even be loaded has no tests that could have failed.
  const broken = report.testResults.filter((file) => file.status === "failed" && !file.assertionResults.some(isFailed)).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 && report.numTotalTests > 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function isFailed(test) {
  return test.status === "failed";
}
