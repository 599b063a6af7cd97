import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import type { ConnectionField, ConnectionTypeDescription } from "@polyflow/sdk/runtime";
import type { ConnectionDesk } from "@polyflow/server";
import type { Clock } from "@polyflow/service-kit";
import type { ConnectionRecord } from "@polyflow/store";
import { installedProviders } from "../providers/installed-providers.ts";
import type { TrialAnswer } from "./connection-trial.ts";

export interface ConnectionDeskOptions {
  /** How long one trial may take, milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Program of the process that tries; for tests. */
  readonly program?: string;
}

const PROGRAM = join(import.meta.dirname, "connection-trial.ts");
/** Each is a process with the client of a system in it. */
const MOST_AT_ONCE = 4;
const MEMORY_MB = 256;
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8" };

/** What the server knows of connections: the types of the installed providers, and trials in processes of their own. */
export function connectionDesk(options: ConnectionDeskOptions): ConnectionDesk {
  let types: Promise<readonly UiConnectionType[]> | undefined;
  let running = 0;
  return {
    types: () => (types ??= installedTypes()),
    async test(connection) {
      if (running >= MOST_AT_ONCE)
        throw new PolyflowError("too_many_requests", `${MOST_AT_ONCE} connections are being tried right now. Try again in a moment.`);
      running += 1;
      try {
        return await tryInChild(connection, options);
      } finally {
        running -= 1;
      }
    },
  };
}

async function installedTypes(): Promise<readonly UiConnectionType[]> {
  const providers = await installedProviders();
  return providers.flatMap(({ description }) => description.connectionTypes.map((type) => shownType(description.name, type)));
}

function shownType(provider: string, { type, aliases, title, uses, fields, example }: ConnectionTypeDescription): UiConnectionType {
  return { type, aliases: [...(aliases ?? [])], title, uses: [...uses], fields: fields.map(shownField), example, provider };
}

function shownField({ name, place, kind, label, help, secret, required, choices, default: standard }: ConnectionField) {
  return {
    name,
    place,
    kind,
    label,
    help: help ?? null,
    secret: secret ?? false,
    required: required ?? false,
    choices: [...(choices ?? [])],
    default: standard ?? null,
  };
}

async function tryInChild(connection: ConnectionRecord, { clock, timeoutMs, program = PROGRAM }: ConnectionDeskOptions): Promise<string> {
  const child = fork(program, [], {
    env: ENVIRONMENT,
    execArgv: [`--max-old-space-size=${MEMORY_MB}`],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  let cancelTimeout = (): void => undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    cancelTimeout = clock.schedule(timeoutMs, () => reject(timedOut(connection, timeoutMs)));
  });
  try {
    const answer = await Promise.race([answerOf(child, connection), timeout]);
    if (answer.kind === "works") return answer.found;
    throw new PolyflowError(answer.code, answer.message);
  } finally {
    cancelTimeout();
    child.kill("SIGKILL");
  }
}

function answerOf(child: ChildProcess, connection: ConnectionRecord): Promise<TrialAnswer> {
  return new Promise((resolve, reject) => {
    // The message comes from a program of our own.
    child.once("message", (message) => resolve(message as TrialAnswer));
    child.once("error", reject);
    // Not "exit", which may come before the answer has been read.
    child.once("close", (code, signal) => reject(died(connection, signal ?? String(code))));
    child.send(connection);
  });
}

function timedOut({ host, port }: ConnectionRecord, timeoutMs: number): PolyflowError {
  const where = host === null ? "The system" : port === null ? host : `${host}:${port}`;
  return new PolyflowError(
    "external_system_failed",
    `${where} did not answer within ${timeoutMs / 1000} s. Check host, port and network between it and this server; ` +
      "[webserver] connection_test_seconds gives more time.",
  );
}

function died({ type }: ConnectionRecord, how: string): PolyflowError {
  return new PolyflowError("external_system_failed", `The client of "${type}" ended (${how}) before it could say anything.`);
}
