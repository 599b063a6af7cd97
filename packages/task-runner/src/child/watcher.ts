import { ConnectionSessions, OutletUpdates, findTask, pokeDelayMs, watchTask } from "@polyflow/sdk/runtime";
import type { WaitEvent } from "@polyflow/contracts/wire";
import type { JsonValue } from "@polyflow/contracts";
import type { ProviderModule, WatchOrder } from "../protocol/messages.ts";
import type { BundleSource } from "./loaded-bundles.ts";
import type { OutputChannel } from "./output-channel.ts";
import type { ParentChannel } from "./parent-channel.ts";
import { providerModules } from "./provider-modules.ts";
import { KeptOrders, type KeptOrder, orderOf } from "./kept-orders.ts";
import { createTaskContext } from "./task-context.ts";

/** More looks than this at once would only make each of them slower. */
const LOOKS_AT_ONCE = 64;
/** A look that takes longer fails its wait: it would hold the place of others. */
const LONGEST_LOOK_MS = 60_000;

export interface WatcherParts {
  readonly channel: ParentChannel;
  readonly providers: readonly ProviderModule[];
  readonly bundles: BundleSource;
  readonly longestLookMs?: number;
}

interface Wait {
  readonly watched: KeptOrder;
  /** While it is looked at. */
  abort: AbortController | undefined;
  looks: number;
  timer: NodeJS.Timeout | undefined;
}

/** Looks for many deferred tasks whether their waits are over, each in its own rhythm. */
export class Watcher {
  readonly #parts: WatcherParts;
  readonly #waits = new Map<string, Wait>();
  readonly #kept = new KeptOrders();
  readonly #line: Wait[] = [];
  #looking = 0;
  /** One look at a time, each announced before: if this process dies, the one that killed it is known. */
  #isCareful = false;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
  }

  setCareful(isCareful: boolean): void {
    this.#isCareful = isCareful;
    this.#lookNext();
  }

  watch(orders: readonly WatchOrder[]): void {
    for (const given of orders) {
      if (this.#waits.has(given.waitId)) continue;
      const watched = this.#kept.keep(given);
      const { everyMs, backoff } = given.trigger;
      // the rhythm goes on where a former triggerer left it
      const passed = Math.max(0, given.elapsedMs) / everyMs;
      const wait: Wait = {
        watched,
        abort: undefined,
        looks: backoff ? Math.floor(Math.log2(passed + 1)) + 1 : 1,
        timer: undefined,
      };
      this.#waits.set(given.waitId, wait);
      this.#schedule(wait, backoff ? this.#delayOf(wait) : everyMs - (Math.max(0, given.elapsedMs) % everyMs));
    }
  }

  unwatch(waitIds: readonly string[]): void {
    for (const waitId of waitIds) {
      const wait = this.#waits.get(waitId);
      if (wait === undefined) continue;
      this.#forget(wait);
      clearTimeout(wait.timer);
      wait.abort?.abort(new DOMException("Nobody waits any more.", "AbortError"));
    }
  }

  #delayOf({ watched, looks }: Wait): number {
    const { everyMs, backoff, maxWaitMs } = watched.trigger;
    if (!backoff) return pokeDelayMs({ intervalMs: everyMs, exponentialBackoff: false, maxWaitMs }, looks, "");
    const { dagId, runId, taskId, mapIndex } = orderOf(watched);
    const identity = `${dagId}#${runId}#${taskId}#${mapIndex}`;
    return pokeDelayMs({ intervalMs: everyMs, exponentialBackoff: true, maxWaitMs }, looks, identity);
  }

  #schedule(wait: Wait, delayMs: number): void {
    wait.timer = setTimeout(
      () => {
        this.#line.push(wait);
        this.#lookNext();
      },
      Math.min(delayMs, 2_147_000_000),
    );
  }

  #lookNext(): void {
    while (this.#looking < (this.#isCareful ? 1 : LOOKS_AT_ONCE)) {
      const wait = this.#line.shift();
      if (wait === undefined) return;
      if (this.#waits.get(wait.watched.waitId) !== wait) continue;
      this.#looking += 1;
      void this.#look(wait).finally(() => {
        this.#looking -= 1;
        this.#lookNext();
      });
    }
  }

  async #look(wait: Wait): Promise<void> {
    const { channel } = this.#parts;
    const { waitId } = wait.watched;
    if (this.#isCareful) channel.send({ kind: "looking", waitId });
    const event = await this.#lookOnce(wait).catch((error: unknown): WaitEvent => failedLook(String(error)));
    if (this.#isCareful) channel.send({ kind: "looking", waitId: undefined });
    if (this.#waits.get(waitId) !== wait) return;
    if (event === undefined) {
      wait.looks += 1;
      return this.#schedule(wait, this.#delayOf(wait));
    }
    this.#forget(wait);
    channel.send({ kind: "fired", waitId, event });
  }

  #forget({ watched }: Wait): void {
    this.#waits.delete(watched.waitId);
    this.#kept.forget(watched);
  }

  async #lookOnce(wait: Wait): Promise<WaitEvent | undefined> {
    const { channel, providers, bundles, longestLookMs = LONGEST_LOOK_MS } = this.#parts;
    const { watched } = wait;
    const { state } = watched;
    const order = orderOf(watched);
    const abort = new AbortController();
    wait.abort = abort;
    const task = findTask(await bundles.get(order.bundlePath, order.projectDir), order.dagId, order.taskId);
    const sessions = new ConnectionSessions(providerModules(providers), `polyflow:${order.dagId}/${order.taskId}`);
    const tooLong = Promise.withResolvers<WaitEvent>();
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      const message = `One look took longer than ${longestLookMs / 1_000} s. A watch function looks and answers; it does not wait itself.`;
      timeout.abort(new DOMException(message, "TimeoutError"));
      tooLong.resolve(failedLook(message));
    }, longestLookMs);
    const context = createTaskContext(order, {
      channel,
      output: this.#outputOf(watched.waitId),
      sessions,
      signal: AbortSignal.any([abort.signal, timeout.signal]),
      // A look ends nothing, so that what it says of outlets goes nowhere.
      updates: new OutletUpdates(order.outlets),
    });
    try {
      // it was JSON when it was stored
      const look = { state: state as JsonValue | undefined, input: order.inputs, mapped: order.mapped, context };
      return await Promise.race([watchTask(task, look), tooLong.promise]);
    } finally {
      clearTimeout(timer);
      wait.abort = undefined;
      await sessions.close();
    }
  }

  /** What a look logs belongs to the log of its task, not into the pipes that all waits share. */
  #outputOf(waitId: string): OutputChannel {
    return {
      frame: (frame) => {
        if (frame.kind !== "log") return;
        const line = { at: new Date(frame.at).toISOString(), level: frame.level, source: "task", message: frame.message } as const;
        this.#parts.channel.send({ kind: "wait_log", waitId, line });
      },
      endAttempt: () => undefined,
    };
  }
}

function failedLook(message: string): WaitEvent {
  return { outcome: { kind: "failed", reason: "error", message: message.slice(0, 10_000) } };
}
