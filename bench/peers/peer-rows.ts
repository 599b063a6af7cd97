import { scaled } from "../bench-result.ts";
import { median, short } from "../statistics.ts";
import { measurePeers, type Peer, type PeerMeasured } from "./peers.ts";

const DRAINED = 10_000;
/** Stock pg-boss does 16 jobs in two seconds. */
const SLOW_DRAINED = 64;

/** The first three columns of a row of a table: contender, isolation, durability. */
export function peerCells({ name, settings, isolation, durability }: Peer): readonly string[] {
  return [`${name}, ${settings}`, isolation, durability];
}

export interface DrainedPeer extends Peer {
  readonly jobs: number;
  /** Median of the rounds: from the start of the worker until the last of the jobs, which were enqueued before. */
  readonly totalMs: number;
  readonly jobsPerSecond: number;
}

/** 10,000 no-op jobs through each queue, all there before the worker starts. */
export async function drainPeers({ rounds, scale }: { readonly rounds: number; readonly scale: number }): Promise<readonly DrainedPeer[]> {
  const size = scaled(DRAINED, scale, 100);
  const measured = await measurePeers("drain", { size, rounds, slow: { size: SLOW_DRAINED, rounds: 1 } });
  return measured.map(drained);
}

function drained({ peer, size, numbers }: PeerMeasured<"drain">): DrainedPeer {
  const totalMs = short(median(numbers.totalsMs));
  return { ...peer, jobs: size, totalMs, jobsPerSecond: short((size * 1000) / totalMs) };
}
