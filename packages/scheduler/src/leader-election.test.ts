import { silentLogger } from "@polyflow/service-kit";
import type { LeaderTerm } from "@polyflow/store";
import { describe, expect, it } from "vitest";
import { LeaderElection, type Office } from "./leader-election.ts";
import { DEFAULT_SCHEDULER_OPTIONS } from "./scheduler-options.ts";
import { ModelStore } from "./simulation/model-store.ts";
import { VirtualTime } from "./simulation/virtual-time.ts";

const START_MS = Date.UTC(2024, 0, 1);

interface Candidate {
  readonly election: LeaderElection;
  readonly offices: Office[];
  /** Lets the loop of the present office end. */
  finishLoop(): void;
}

class Elections {
  readonly time = new VirtualTime(START_MS);
  readonly store = new ModelStore(this.time.clock());
  /** Before each call of the store, by method: how long it takes on the way there and back. */
  readonly delays: { [method: string]: { readonly before?: number; readonly after?: number } } = {};
  readonly released: LeaderTerm[] = [];
  failing = false;

  candidate(holder: string, loopEndsByItself = true): Candidate {
    const offices: Office[] = [];
    let finishLoop: () => void = () => undefined;
    const election = new LeaderElection({
      holder,
      clock: this.time.clock(),
      logger: silentLogger,
      random: () => 0.5,
      options: DEFAULT_SCHEDULER_OPTIONS,
      store: {
        acquireLease: (name, by, ttlMs) => this.#call("acquireLease", () => this.store.scheduler.acquireLease(name, by, ttlMs)),
        renewLease: (term, ttlMs) => this.#call("renewLease", () => this.store.scheduler.renewLease(term, ttlMs)),
        releaseLease: (term) => {
          this.released.push(term);
          return this.#call("releaseLease", () => this.store.scheduler.releaseLease(term));
        },
      },
      lead: (office) => {
        offices.push(office);
        return new Promise((resolve) => {
          finishLoop = resolve;
          if (loopEndsByItself) office.onEnd(resolve);
        });
      },
    });
    void election.start();
    return { election, offices, finishLoop: () => finishLoop() };
  }

  async #call<Result>(method: string, perform: () => Promise<Result>): Promise<Result> {
    const { before = 0, after = 0 } = this.delays[method] ?? {};
    if (before > 0) await this.time.sleep(before);
    if (this.failing) throw new Error("no answer");
    const result = await perform();
    if (after > 0) await this.time.sleep(after);
    return result;
  }

  pass(ms: number): Promise<boolean> {
    return this.time.run(this.time.nowMs + ms);
  }
}

function holds({ offices }: Candidate): boolean {
  return offices.at(-1)?.isHeld() === true;
}

describe("leader election (I9, I10)", () => {
  it("has one leader among three, who keeps the office", async () => {
    const elections = new Elections();
    const candidates = ["a", "b", "c"].map((holder) => elections.candidate(holder));
    for (let minute = 0; minute < 5; minute++) {
      await elections.pass(60_000);
      expect(candidates.map(holds)).toEqual([true, false, false]);
    }
    expect(candidates[0]?.offices).toHaveLength(1);
  });

  it("hands over within two seconds when the leader stops", async () => {
    const elections = new Elections();
    const first = elections.candidate("a");
    const second = elections.candidate("b");
    await elections.pass(20_000);
    void first.election.stop();
    await elections.pass(2_000);
    expect([holds(first), holds(second)]).toEqual([false, true]);
  });

  it("a standby takes over when the leader died: within the lease and one poll", async () => {
    const elections = new Elections();
    await elections.store.scheduler.acquireLease("scheduler", "dead", DEFAULT_SCHEDULER_OPTIONS.leaseTtlMs);
    const standby = elections.candidate("b");
    await elections.pass(14_000);
    expect(holds(standby)).toBe(false);
    await elections.pass(2_500);
    expect(holds(standby)).toBe(true);
  });

  it("stops acting before the lease can be over when it cannot renew", async () => {
    const elections = new Elections();
    const leader = elections.candidate("a");
    await elections.pass(6_000);
    elections.failing = true;
    // Renewed at 5 s: trust until 19 s, lease until 20 s.
    await elections.pass(12_900);
    expect(holds(leader)).toBe(true);
    await elections.pass(200);
    expect(holds(leader)).toBe(false);
    expect(() => leader.offices[0]?.requireTerm()).toThrow("is over");
  });

  it("a slow success does not extend trust: it counts from the start of the attempt", async () => {
    const elections = new Elections();
    elections.delays["renewLease"] = { after: 8_000 };
    const leader = elections.candidate("a");
    // The renewal begins at 5 s and is answered at 13 s: trust until 19 s and not until 27 s; the next begins at 18 s.
    await elections.pass(18_900);
    expect(holds(leader)).toBe(true);
    await elections.pass(200);
    expect(leader.offices[0]?.isHeld()).toBe(false);
  });

  it("an answer after the end of trust does not bring the office back", async () => {
    const elections = new Elections();
    elections.delays["renewLease"] = { before: 1, after: 30_000 };
    const leader = elections.candidate("a");
    await elections.pass(40_000);
    const [first] = leader.offices;
    expect(first?.isHeld()).toBe(false);
    await elections.pass(60_000);
    expect(first?.isHeld()).toBe(false);
  });

  it("releases its own term only, so that a late release takes nothing from the next leader", async () => {
    const elections = new Elections();
    const first = elections.candidate("a");
    await elections.pass(1_000);
    elections.failing = true;
    await elections.pass(20_000);
    elections.failing = false;
    const second = elections.candidate("b");
    await elections.pass(1_500);
    const leaders = [first, second].filter(holds);
    expect(leaders).toHaveLength(1);
    expect(elections.released[0]?.term).toBe(1);
    expect(leaders[0]?.offices.at(-1)?.requireTerm().term).toBeGreaterThan(1);
  });

  it("stands again only when its former loop has ended, however long that hangs", async () => {
    const elections = new Elections();
    const leader = elections.candidate("a", false);
    await elections.pass(1_000);
    leader.offices[0]?.stepDown("test");
    await elections.pass(60_000);
    expect(leader.offices).toHaveLength(1);
    leader.finishLoop();
    await elections.pass(2_000);
    expect(leader.offices).toHaveLength(2);
    expect(holds(leader)).toBe(true);
  });

  it("stops cleanly during the first election, and twice", async () => {
    const elections = new Elections();
    elections.delays["acquireLease"] = { after: 500 };
    const candidate = elections.candidate("a");
    let stopped = 0;
    for (let time = 0; time < 2; time++) void candidate.election.stop().then(() => (stopped += 1));
    await elections.pass(5_000);
    expect(stopped).toBe(2);
    expect(holds(candidate)).toBe(false);
    expect(await elections.store.scheduler.acquireLease("scheduler", "other", 1_000)).toBeDefined();
  });

  it("stands again when the answer to its candidacy never comes", async () => {
    const elections = new Elections();
    elections.delays["acquireLease"] = { before: 10 * 86_400_000 };
    const candidate = elections.candidate("a");
    await elections.pass(1_000);
    delete elections.delays["acquireLease"];
    await elections.pass(20_000);
    expect(holds(candidate)).toBe(true);
  });

  it("stands again when the release of its lease is never answered", async () => {
    const elections = new Elections();
    const candidate = elections.candidate("a");
    await elections.pass(1_000);
    elections.delays["releaseLease"] = { before: 10 * 86_400_000 };
    candidate.offices[0]?.stepDown("for the test");
    await elections.pass(40_000);
    expect(candidate.offices).toHaveLength(2);
    expect(holds(candidate)).toBe(true);
  });
});
