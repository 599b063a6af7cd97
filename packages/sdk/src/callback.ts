import type { CallbackSpec } from "@polyflow/contracts";
import type { CallbackContext } from "./callback-context.ts";
import { type Duration, durationMs } from "./duration.ts";
import { invalidDag, within } from "./invalid-dag.ts";
import { checkInteger, checkKnown, checkText } from "./option-checks.ts";

/** A function that is called when something has become of a task or a run. */
export type CallbackFunction = (context: CallbackContext) => unknown;

/** A function with the settings of its calls; `callback()` makes one. */
export interface Callback extends CallbackSpec {
  readonly run: CallbackFunction;
}

/** What `onFailure` and the like take: a function, one with settings, or a list of these. They are called independently of each other. */
export type Callbacks = CallbackFunction | Callback | readonly (CallbackFunction | Callback)[];

export interface CallbackOptions {
  /** For people. Default: the name of the function. */
  readonly name?: string;
  /** How often it is called again after it failed. Default 0. Attempts that are lost with their worker are made good anyhow. */
  readonly retries?: number;
  /** Default `"1m"`. */
  readonly retryDelay?: Duration;
  /** An attempt that takes longer is killed. Default `"5m"`. */
  readonly timeout?: Duration;
}

const OPTIONS = ["name", "retries", "retryDelay", "timeout"] as const satisfies readonly (keyof CallbackOptions)[];
const MOST_FUNCTIONS = 20;

/**
 * Gives a callback settings of its own.
 * @throws PolyflowError `dag_invalid`
 * @example const tell = callback({ name: "tell the team", retries: 3, retryDelay: "30s" }, async (context) => { … });
 */
export function callback(options: CallbackOptions, run: CallbackFunction): Callback {
  return within("callback", () => {
    checkKnown(options, OPTIONS);
    if (typeof run !== "function") throw invalidDag("it has no function: callback({ … }, async (context) => { … }).");
    const { name, retries = 0, retryDelay = "1m", timeout = "5m" } = options;
    const timeoutMs = durationMs(timeout, "timeout");
    if (timeoutMs === 0) throw invalidDag("timeout: 0 would end every attempt at once.");
    return {
      name: checkText("name", name ?? (run.name === "" ? "callback" : run.name), 250),
      retries: checkInteger("retries", retries, 0, 1_000),
      retryDelayMs: durationMs(retryDelay, "retryDelay"),
      timeoutMs,
      run,
    };
  });
}

/** The functions of an option. @throws PolyflowError `dag_invalid` */
export function readCallbacks(option: string, given: Callbacks): readonly Callback[] {
  const list = typeof given === "object" && "run" in given ? [given] : Array.isArray(given) ? given : [given];
  if (list.length > MOST_FUNCTIONS) throw invalidDag(`${option}: ${list.length} functions; at most ${MOST_FUNCTIONS} can be called.`);
  return list.map((one: unknown) => {
    if (typeof one === "function") return callback({}, one as CallbackFunction);
    if (typeof one === "object" && one !== null && "run" in one && "timeoutMs" in one) return one as Callback;
    throw invalidDag(
      `${option}: ${JSON.stringify(one) ?? String(one)} is no function. Give a function, callback({ … }, …), a notifier, or a list.`,
    );
  });
}

/** Functions by what they are called for; kinds without any are left out, and undefined stands for none at all. */
export function gatherCallbacks<Kind extends string>(
  options: { readonly [Option in Kind]?: { readonly option: string; readonly given: Callbacks | undefined } },
): { readonly [Each in Kind]?: readonly Callback[] } | undefined {
  const found: { [Each in Kind]?: readonly Callback[] } = {};
  for (const kind of Object.keys(options) as Kind[]) {
    const { option, given } = options[kind] ?? {};
    const functions = option === undefined || given === undefined ? [] : readCallbacks(option, given);
    if (functions.length > 0) found[kind] = functions;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** What the spec says of functions. */
export function callbackSpecs<Kind extends string>(
  callbacks: {
    readonly [Each in Kind]?: readonly Callback[];
  },
): { readonly [Each in Kind]?: readonly CallbackSpec[] } {
  const specs: { [Each in Kind]?: readonly CallbackSpec[] } = {};
  for (const kind of Object.keys(callbacks) as Kind[]) specs[kind] = (callbacks[kind] ?? []).map(callbackSpec);
  return specs;
}

export function callbackSpec({ name, retries, retryDelayMs, timeoutMs }: Callback): CallbackSpec {
  return { name, retries, retryDelayMs, timeoutMs };
}
