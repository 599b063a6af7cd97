import { spawn } from "node:child_process";
import { PolyflowError } from "@polyflow/contracts";

const LONGEST_MS = 20_000;
const MOST_BYTES = 8_000_000;

/**
 * Settings that keep a repository from starting programs: no hooks, no monitor of files, no external diff, no signing, no protocols.
 * They come from the command line, so that they win over what the repository says.
 */
const SAFE_SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.pager=cat",
  "core.askPass=",
  "core.quotePath=false",
  "credential.helper=",
  "protocol.allow=never",
  "commit.gpgSign=false",
  "gc.auto=0",
].flatMap((setting) => ["-c", setting]);

/**
 * Runs git in a project's folder. Arguments go to the program as they are, no shell sees them; paths are never read as patterns.
 * @throws PolyflowError `git_failed` with git's own words
 */
export async function runGit(projectDir: string, args: readonly string[], options: { readonly input?: string } = {}): Promise<string> {
  const child = spawn(
    "git",
    [...SAFE_SETTINGS, "-c", `safe.directory=${projectDir}`, "--no-optional-locks", "--literal-pathspecs", ...args],
    {
      cwd: projectDir,
      env: {
        // Standard places alone: what a shell of ours may have in front of them is nobody's business here.
        PATH: "/usr/local/bin:/usr/bin:/bin",
        HOME: "/nonexistent",
        LC_ALL: "C.UTF-8",
        GIT_TERMINAL_PROMPT: "0",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_NOSYSTEM: "1",
      },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: LONGEST_MS,
      killSignal: "SIGKILL",
    },
  );
  const out: Buffer[] = [];
  const problems: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) child.kill("SIGKILL");
    else out.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => problems.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) =>
      reject(new PolyflowError("git_failed", `git cannot be started: ${error.message}. Install it, or edit without it.`, { cause: error })),
    );
    child.once("close", resolve);
  });
  if (code === 0) return Buffer.concat(out).toString("utf8");
  const words = Buffer.concat(problems).toString("utf8").trim() || (bytes > MOST_BYTES ? "its answer is too large" : "it took too long");
  throw new PolyflowError("git_failed", `git ${args[0] ?? ""}: ${words}`);
}
