import type { JsonObject } from "@polyflow/contracts";
import type { AttemptOutcome } from "@polyflow/contracts/wire";
import {
  ConnectionSessions,
  findDag,
  findTask,
  OutletUpdates,
  outcomeOf,
  runCallback,
  runTask,
  type TaskDefinition,
} from "@polyflow/sdk/runtime";
import { AsyncLocalStorage } from "node:async_hooks";
import type { AttemptOrder, ProviderModule } from "../protocol/messages.ts";
import { enterAttemptEnvironment } from "./attempt-environment.ts";
import { type ReadableOutcome, readableOutcome } from "./readable-outcome.ts";
import type { BundleSource } from "./loaded-bundles.ts";
import type { OutputChannel } from "./output-channel.ts";
import type { ParentChannel } from "./parent-channel.ts";
import { providerModules } from "./provider-modules.ts";
import { createTaskContext } from "./task-context.ts";

interface CurrentAttempt {
  readonly order: AttemptOrder;
  readonly abort: AbortController;
  /** Rejects the attempt from outside of the task's promise. */
  readonly fail: (error: unknown) => void;
}

export interface AttemptRunnerParts {
  readonly channel: ParentChannel;
  readonly output: OutputChannel;
  readonly providers: readonly ProviderModule[];
  readonly bundles: BundleSource;
}

/** Runs attempts one after another and reports each one's outcome. */
export class AttemptRunner {
  readonly #channel: ParentChannel;
  readonly #output: OutputChannel;
  readonly #providers: readonly ProviderModule[];
  readonly #bundles: BundleSource;
  /** Which attempt a callback belongs to, also after that attempt has ended. */
  readonly #owner = new AsyncLocalStorage<string>();
  #current: CurrentAttempt | undefined;
  #reusable = true;

  constructor(parts: AttemptRunnerParts) {
    this.#channel = parts.channel;
    this.#output = parts.output;
    this.#providers = parts.providers;
    this.#bundles = parts.bundles;
  }

  async run(order: AttemptOrder): Promise<void> {
    enterAttemptEnvironment(order);
    const outside = Promise.withResolvers<never>();
    const current: CurrentAttempt = { order, abort: new AbortController(), fail: outside.reject };
    this.#current = current;
    const sessions = new ConnectionSessions(providerModules(this.#providers), `polyflow:${order.dagId}/${order.taskId}`);
    const inside = this.#owner.run(order.attemptId, () => this.#execute(current, sessions));
    // the loser of the race must not become an unhandled rejection of its own
    inside.catch(() => undefined);
    outside.promise.catch(() => undefined);
    const report = await Promise.race([inside, outside.promise]).catch((error: unknown) => readableOutcome(outcomeOf(error), error));
    await sessions.close();
    this.#current = undefined;
    this.#send(order.attemptId, report);
  }

  /** Tells the task that its attempt is to end. */
  abort(reason: "timeout" | "cancelled"): void {
    const text = reason === "timeout" ? "The attempt has reached its execution timeout." : "The attempt was cancelled.";
    this.#current?.abort.abort(new DOMException(text, reason === "timeout" ? "TimeoutError" : "AbortError"));
  }

  /** An error that no promise of a task caught. Afterwards the process runs no further attempt: its state is in doubt. */
  catchOutside(error: unknown): void {
    this.#reusable = false;
    const owner = this.#owner.getStore();
    const current = this.#current;
    if (current !== undefined && (owner === undefined || owner === current.order.attemptId)) return current.fail(error);
    const outcome = outcomeOf(error);
    const message = outcome.kind === "failed" ? (outcome.stack ?? outcome.message) : String(error);
    this.#channel.send({ kind: "late_error", attemptId: owner ?? "", message });
  }

  async #execute(current: CurrentAttempt, sessions: ConnectionSessions): Promise<ReadableOutcome> {
    const { order } = current;
    const dags = await this.#bundles.get(order.bundlePath, order.projectDir);
    const updates = new OutletUpdates(order.outlets);
    const signal = current.abort.signal;
    const context = createTaskContext(order, { channel: this.#channel, output: this.#output, sessions, signal, updates });
    if (order.callback !== undefined) {
      return readableOutcome(await runCallback(findDag(dags, order.dagId), order.callback, context), undefined);
    }
    const task = findTask(dags, order.dagId, order.taskId);
    const noted = notingError(task);
    let kept: Promise<unknown> = Promise.resolve();
    const onRendered = (fields: JsonObject): void => {
      // the task need not wait for it
      kept = this.#channel.request(order.attemptId, { method: "rendered_fields", fields }).catch((error: unknown) => {
        context.log.warning(`The rendered fields could not be kept: ${String(error)}`);
      });
    };
    const outcome = limitOutput(
      await runTask({ task: noted.task, input: order.inputs, mapped: order.mapped, context, onRendered }),
      order.outputLimitBytes,
    );
    await kept;
    return readableOutcome(withUpdates(outcome, updates), noted.error());
  }

  #send(attemptId: string, report: ReadableOutcome): void {
    this.#output.endAttempt(attemptId);
    this.#channel.send({ kind: "result", attemptId, ...report, reusable: this.#reusable, rssBytes: process.memoryUsage.rss() });
  }
}

/** A success updates the task's outlets. */
function withUpdates(outcome: AttemptOutcome, updates: OutletUpdates): AttemptOutcome {
  if (outcome.kind !== "success") return outcome;
  const assets = updates.all();
  return assets.length === 0 ? outcome : { ...outcome, assets };
}

/** The same task, which remembers what it threw: an outcome has only the text of it. */
function notingError(task: TaskDefinition): { readonly task: TaskDefinition; readonly error: () => unknown } {
  let thrown: unknown;
  const execute: TaskDefinition["execute"] = async (input, context, fields) => {
    try {
      return await task.execute(input, context, fields);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  return { task: { ...task, execute }, error: () => thrown };
}

/** An output that is too large to keep fails its attempt, for good: another try would return as much. */
function limitOutput(outcome: AttemptOutcome, limitBytes: number): AttemptOutcome {
  const kept = outcome.kind === "success" ? outcome.output : outcome.kind === "deferred" ? outcome.state : undefined;
  if (kept === undefined) return outcome;
  const bytes = Buffer.byteLength(JSON.stringify(kept));
  if (bytes <= limitBytes) return outcome;
  return {
    kind: "failed",
    reason: "fatal",
    message:
      `The task's ${outcome.kind === "success" ? "output" : "state"} is ${bytes} bytes of JSON; at most ${limitBytes} are kept. ` +
      "Write large data to a table or a file and return its name.",
  };
}
