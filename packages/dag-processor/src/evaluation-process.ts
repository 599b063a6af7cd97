import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChunkEnd, ChunkRequest, EvaluationReply, EvaluationRequest, FileReply } from "./child/evaluation-message.ts";
import type { CompiledChild } from "./compiled-child.ts";
import { parseReply } from "./evaluation-reply.ts";
import { OutputSample } from "./output-sample.ts";

/** What a child process is started with. */
export interface EvaluationProcessOptions {
  readonly memoryLimitMb: number;
  /** Folders that the file's code may read; Polyflow's own are added. */
  readonly readableFolders: readonly string[];
  /** JavaScript of our own files, see `child/entry.mjs`; the process starts meanwhile. */
  readonly compiled: Promise<CompiledChild>;
  /** Is told of files of ours that it lacked. */
  readonly onUncompiled: (url: string) => void;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Beginning of what it printed. */
  readonly output: string;
}

/** A message that is none of ours: the file's code changed what was to be sent. */
export interface Nonsense {
  readonly kind: "nonsense";
  readonly reason: string;
}

/** Folder that Polyflow is installed in: of the packages in a checkout, of all packages when installed by a package manager. */
export const INSTALLATION = join(import.meta.dirname, "../../..");
/** Within a checkout only these are code; the rest may be anything, the folder with the secrets among it. */
const CODE_FOLDERS = ["packages", "providers", "node_modules"]
  .map((folder) => join(INSTALLATION, folder))
  .filter((path) => existsSync(path));
const ENTRY = join(import.meta.dirname, "child/entry.mjs");
/** Ties the child's life to ours, even when we are killed. */
const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));
/** Nothing of our own environment: no secrets, and the same on every machine. */
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", TZ: "UTC" };

/**
 * A child process that imports bundles. It cannot write files, start processes or threads, or load addons; it reads the project's
 * files and ours. Node 24 has no switch that keeps it off the network.
 */
export class EvaluationProcess {
  /** Resolves when the SDK is loaded; rejects when the process could not be started. */
  readonly ready: Promise<void>;
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #isDetached = process.platform !== "win32";
  #take: (reply: EvaluationReply | Nonsense) => void = () => undefined;
  #isReady = false;

  constructor(options: EvaluationProcessOptions) {
    const command = [process.execPath, ...nodeOptions(options), ENTRY];
    const [file = "", ...parameters] = SETPRIV === undefined ? command : [SETPRIV, "--pdeathsig", "KILL", ...command];
    this.#child = spawn(file, parameters, {
      cwd: INSTALLATION,
      env: ENVIRONMENT,
      detached: this.#isDetached,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const output = new OutputSample([this.#child.stdout, this.#child.stderr]);
    this.ended = new Promise((fulfil) => {
      // Not "exit", which may come before the last message has been read.
      this.#child.once("close", (exitCode, signal) => fulfil({ exitCode, signal, output: output.text }));
      this.#child.once("error", () => fulfil({ exitCode: null, signal: null, output: output.text }));
    });
    this.ready = new Promise((fulfil, reject) => {
      this.#child.once("error", reject);
      void this.ended.then(({ exitCode, signal, output: printed }) =>
        reject(new Error(`The process for DAG files ended before it was ready (${signal ?? exitCode}): ${printed.slice(0, 2_000)}`)),
      );
      options.compiled.then((compiled) => this.#child.connected && this.#child.send(compiled, () => undefined), reject);
      this.#child.on("message", (message) => this.#receive(message, options, fulfil));
    });
    // whoever evaluates hears of it; a spare that fails is nobody's yet
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a file and waits for its answer; never resolves when the process ends without one. */
  evaluate(request: EvaluationRequest): Promise<FileReply | Nonsense> {
    return new Promise((fulfil) => {
      this.#take = (reply) => {
        if (reply.kind === "answer") fulfil(reply.answer);
        else if (reply.kind === "nonsense") fulfil(reply);
      };
      this.#child.send(request, () => undefined);
    });
  }

  /**
   * Sends files and waits for the end of their chunk; never resolves when the process ends before.
   * @param onProgress hears of each answer, in the order of the files, and before that once without one, when the first file begins
   */
  evaluateChunk(request: ChunkRequest, onProgress: (answer: FileReply | undefined) => void): Promise<ChunkEnd | Nonsense> {
    return new Promise((fulfil) => {
      this.#take = (reply) => {
        if (reply.kind === "answer") onProgress(reply.answer);
        else if (reply.kind === "ready") onProgress(undefined);
        else if (reply.kind !== "uncompiled") fulfil(reply);
      };
      this.#child.send(request, () => undefined);
    });
  }

  /** Ends it and all that it might have started, at once. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(this.#isDetached ? -pid : pid, "SIGKILL");
  }

  #receive(message: unknown, options: EvaluationProcessOptions, becomeReady: () => void): void {
    const parsed = parseReply(message);
    if (parsed.reply === undefined) return this.#take({ kind: "nonsense", reason: parsed.reason });
    if (parsed.reply.kind === "ready" && !this.#isReady) {
      this.#isReady = true;
      return becomeReady();
    }
    if (parsed.reply.kind === "uncompiled") return options.onUncompiled(parsed.reply.url);
    this.#take(parsed.reply);
  }
}

function nodeOptions({ memoryLimitMb, readableFolders }: EvaluationProcessOptions): readonly string[] {
  return [
    "--permission",
    ...[...CODE_FOLDERS, ...readableFolders].map((folder) => `--allow-fs-read=${folder}`),
    `--max-old-space-size=${memoryLimitMb}`,
    "--stack-trace-limit=50",
    "--disable-warning=ExperimentalWarning",
    "--disable-warning=SecurityWarning",
  ];
}
