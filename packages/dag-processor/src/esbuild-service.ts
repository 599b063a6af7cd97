import type { Clock } from "@polyflow/service-kit";
import { type BuildOptions, type BuildResult, build, stop } from "esbuild";

/** esbuild's process is one for all of this process: it must not go while somebody else needs it. */
let running = 0;
let uses = 0;

/** Runs esbuild; its process is started when there is none. @throws BuildFailure */
export async function runEsbuild<Options extends BuildOptions>(options: Options): Promise<BuildResult<Options>> {
  running += 1;
  uses += 1;
  try {
    return await build<Options>(options as Parameters<typeof build<Options>>[0]);
  } finally {
    running -= 1;
  }
}

/** Ends esbuild's process, which takes 20 MB and more, when nobody has used it for so long. @returns cancels that */
export function stopEsbuildWhenIdle(clock: Clock, idleMs: number): () => void {
  const usesBefore = uses;
  return clock.schedule(idleMs, () => {
    if (running === 0 && uses === usesBefore) void stop();
  });
}
