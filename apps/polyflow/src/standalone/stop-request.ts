import type { Clock } from "@polyflow/service-kit";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A Ctrl-C reaches the whole process group and is passed on by npm as well: what comes so close together was one request. */
const SAME_REQUEST_MS = 300;

/** Waits for the request to stop, and for the impatient second one. */
export interface StopRequest {
  /** Resolves with what asked for it: a signal's name. */
  readonly requested: Promise<string>;
  /** Aborted by the second request. */
  readonly forced: AbortSignal;
  dispose(): void;
}

export function stopRequest(clock: Clock): StopRequest {
  const force = new AbortController();
  let firstAt: number | undefined;
  let resolveRequested: (signal: string) => void = () => undefined;
  const requested = new Promise<string>((resolve) => {
    resolveRequested = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = clock.monotonicMs();
    if (firstAt === undefined) {
      firstAt = now;
      resolveRequested(signal);
    } else if (now - firstAt > SAME_REQUEST_MS) {
      force.abort();
    }
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    requested,
    forced: force.signal,
    dispose() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
