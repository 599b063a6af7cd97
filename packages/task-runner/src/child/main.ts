import { flushCompileCache } from "node:module";
import type { ProviderModule, ToChild } from "../protocol/messages.ts";
import { leaveStartEnvironment } from "./attempt-environment.ts";
import { AttemptRunner } from "./attempt-runner.ts";
import { LoadedBundles } from "./loaded-bundles.ts";
import { openOutputChannel } from "./output-channel.ts";
import { openParentChannel } from "./parent-channel.ts";
import { rehearse } from "./rehearsal.ts";
import { Watcher } from "./watcher.ts";

/**
 * The task process: started by the supervisor beforehand, told by IPC what to run. It has no other way out: no address,
 * no token, no database of Polyflow's.
 */
leaveStartEnvironment();
const channel = openParentChannel();
const bundles = new LoadedBundles();

const REASON_WAIT_MS = 50;

function receive(runner: AttemptRunner, watcher: Watcher, message: ToChild): void {
  switch (message.kind) {
    case "run":
      void runner.run(message.order);
      return;
    case "abort":
      runner.abort(message.reason);
      return;
    case "watch":
      watcher.watch(message.orders);
      return;
    case "unwatch":
      watcher.unwatch(message.waitIds);
      return;
    case "careful":
      watcher.setCareful(message.isCareful);
      return;
    case "ping":
      channel.send({ kind: "pong" });
      return;
    case "leave":
      process.exit(0);
      return;
    case "init":
    case "answer":
      return;
  }
}

async function begin(frameToken: string, providers: readonly ProviderModule[]): Promise<void> {
  const runner = new AttemptRunner({ channel, output: openOutputChannel(frameToken), providers, bundles });
  const watcher = new Watcher({ channel, providers, bundles });
  process.on("unhandledRejection", (error) => runner.catchOutside(error));
  process.on("uncaughtException", (error) => runner.catchOutside(error));
  // a handler must exist, or the task would get no time to clean up; the reason comes by IPC, and mostly a little later
  process.on("SIGTERM", () => setTimeout(() => runner.abort("cancelled"), REASON_WAIT_MS).unref());
  channel.onMessage((message) => receive(runner, watcher, message));
  await rehearse();
  channel.send({ kind: "ready" });
  flushCompileCache();
}

channel.onMessage((message) => {
  if (message.kind !== "init") return;
  begin(message.frameToken, message.providers).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// the supervisor is gone: nobody would learn the outcome, and another worker may already run the attempt again
process.on("disconnect", () => process.exit(1));
