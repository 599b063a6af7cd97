import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import type { AttemptOrder, FromWatcher, ProviderModule, ToChild, ToParent } from "../protocol/messages.ts";
import { isFromChild } from "../protocol/messages.ts";
import { OutputPipes } from "./output-pipes.ts";
import type { AttemptOutput } from "./output-pipes.ts";
import { signalGroup } from "./signals.ts";

/** How a task process ended. */
export type ProcessExit =
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: NodeJS.Signals }
  | { readonly kind: "not_started"; readonly message: string };

export interface TaskProcessOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly providers: readonly ProviderModule[];
}

/** Environment variable by which everything that a task process has started is found. */
export const PROCESS_VARIABLE = "POLYFLOW_PROCESS";
/** After its end a process's last messages are waited for no longer than this. */
const LAST_MESSAGES_MS = 1_000;

type MessageOf<Kind extends ToParent["kind"]> = Extract<ToParent, { kind: Kind }>;

/** What the owner of a task process wants to hear while its attempt runs in it. */
export interface TaskProcessListener {
  onRequest(message: MessageOf<"request">): void;
  onResult(message: MessageOf<"result">): void;
  onLateError(message: MessageOf<"late_error">): void;
  onExit(exit: ProcessExit): void;
  /** For the process that looks at waits. */
  onWatcher?(message: FromWatcher): void;
}

/** A started task process: its channel, its pipes, its end. */
export class TaskProcess {
  readonly #child: ChildProcess;
  readonly #pipes: OutputPipes;
  readonly #holders = new Set<object>();
  #listener: TaskProcessListener | undefined;
  #exit: ProcessExit | undefined;
  /** Resolves when the process is gone and all its messages have been handed on. */
  readonly exited: Promise<ProcessExit>;
  /** Value of the environment variable that everything started by this process carries. */
  readonly marker: string;
  /** Resolves true when the process can take an attempt, false when it ended before. */
  readonly ready: Promise<boolean>;
  /** The bundle that the process has loaded. */
  bundleHash: string | undefined;
  /** Attempts run so far. */
  attempts = 0;

  constructor(options: TaskProcessOptions) {
    const token = randomBytes(16).toString("hex");
    this.marker = randomUUID();
    this.#child = spawn(options.command, options.arguments, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // a session and group of its own, so that it can be killed with all it starts
      detached: true,
      env: { ...options.environment, [PROCESS_VARIABLE]: this.marker },
      serialization: "json",
    });
    this.#pipes = new OutputPipes(this.#child, token);
    this.exited = whenExited(this.#child).then((exit) => {
      this.#exit = exit;
      this.#listener?.onExit(exit);
      return exit;
    });
    const ready = Promise.withResolvers<boolean>();
    void this.exited.then(() => ready.resolve(false));
    this.ready = ready.promise;
    this.#child.on("message", (message) => {
      if (isFromChild(message)) this.#receive(message, ready.resolve);
    });
    this.send({ kind: "init", frameToken: token, providers: options.providers });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#exit === undefined;
  }

  /** Resolves when both output pipes are closed and read to their end. */
  get drained(): Promise<void> {
    return this.#pipes.closed;
  }

  /** The end of what was printed outside of attempts; it tells why a process did not start. */
  get printedOutside(): string {
    return this.#pipes.printedOutside;
  }

  /** The one who gets messages from now on; a process serves one owner at a time. */
  listen(listener: TaskProcessListener | undefined): void {
    this.#listener = listener;
  }

  /** What is printed from now on goes to `output`, until the attempt's end mark has been read. */
  attach(attemptId: string, output: AttemptOutput): void {
    this.#pipes.begin(attemptId, output);
  }

  run(order: AttemptOrder): void {
    this.attempts += 1;
    this.send({ kind: "run", order });
  }

  /** A message to a process that has just died is lost; its exit tells. */
  send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Sends a signal to the process and all that share its group. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) signalGroup(this.#child.pid, signal);
  }

  /** Stops reading the output until every holder has let it go: the task waits when it prints more than the pipe holds. */
  holdOutput(holder: object): void {
    this.#holders.add(holder);
    this.#pipes.pause();
  }

  letOutputGo(holder: object): void {
    this.#holders.delete(holder);
    if (this.#holders.size === 0) this.#pipes.resume();
  }

  #receive(message: ToParent, setReady: (ready: boolean) => void): void {
    switch (message.kind) {
      case "ready":
        setReady(true);
        return;
      case "request":
        this.#listener?.onRequest(message);
        return;
      case "result":
        this.#listener?.onResult(message);
        return;
      case "late_error":
        this.#listener?.onLateError(message);
        return;
      case "fired":
      case "wait_log":
      case "looking":
      case "pong":
        this.#listener?.onWatcher?.(message);
    }
  }
}

/** The exit may be seen before the last messages have been read; the end of the channel comes after them. */
function whenExited(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve({ kind: "not_started", message: error.message });
    });
    child.on("exit", (code, signal) => {
      const exit: ProcessExit = signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signalled", signal };
      if (!child.connected) return resolve(exit);
      const timer = setTimeout(resolve, LAST_MESSAGES_MS, exit);
      child.on("disconnect", () => {
        clearTimeout(timer);
        resolve(exit);
      });
    });
  });
}
