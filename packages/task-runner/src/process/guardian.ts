import { spawn } from "node:child_process";
import { once } from "node:events";
import { SUPERVISOR_VARIABLE } from "./leftover-processes.ts";

/**
 * Waits for the end of its input, which comes when the supervisor ends, however it ends; then kills everything the
 * supervisor had started: recorded groups ($1 is the folder of records) and processes that carry its instance ($2).
 * Several rounds, since what is killed may have been starting something.
 */
const SCRIPT = `
trap '' INT TERM HUP
cat >/dev/null
for round in 1 2 3; do
  for record in "$1"/*; do
    pid="\${record##*/}"
    [ "$pid" = '*' ] || kill -KILL -- "-$pid" 2>/dev/null
  done
  for pid in $(grep -lzsx "${SUPERVISOR_VARIABLE}=$2" /proc/[0-9]*/environ | cut -d/ -f3); do
    kill -KILL "$pid" 2>/dev/null
  done
done
`;

export interface Guardian {
  /** Lets the guardian end; resolves when it has. */
  stop(): Promise<void>;
}

/**
 * Starts a small shell that outlives the supervisor by a moment. Task processes die by themselves with their supervisor,
 * but not what they have started; `kill -9` of the supervisor must not leave a task's commands working.
 * @param marker value of the environment variable that all processes of this supervisor carry
 */
export function startGuardian(directory: string, marker: string, path: string): Guardian {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "polyflow-guardian", directory, marker], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: { PATH: path },
  });
  const ended = once(shell, "exit");
  // without a shell (no /bin/sh) the next start cleans up
  shell.on("error", () => undefined);
  shell.unref();
  return {
    async stop() {
      if (shell.pid === undefined || shell.exitCode !== null) return;
      shell.stdin.end();
      await ended;
    },
  };
}
