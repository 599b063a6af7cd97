import { isPolyflowError, PolyflowError } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { LeaderTerm, SchedulerStore } from "@polyflow/store";
import { orGiveUp } from "./or-give-up.ts";
import type { SchedulerOptions } from "./scheduler-options.ts";

/** The leader stops acting this long before its lease can be over, so that it has stopped when another begins. */
const TRUST_MARGIN_MS = 1_000;
const LEASE_NAME = "scheduler";

export interface LeaderElectionOptions {
  readonly store: Pick<SchedulerStore, "acquireLease" | "renewLease" | "releaseLease">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of this process among those that may lead. */
  readonly holder: string;
  readonly options: Pick<SchedulerOptions, "leaseTtlMs" | "renewMs" | "standbyPollMs">;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Acts as leader until the office is over; resolves when it acts no more. Only then this process stands for election again. */
  readonly lead: (office: Office) => Promise<void>;
}

/** One time in office. */
export interface Office {
  /**
   * The term, for a write that is about to be made. Ask for it anew before each: between two of them the office may have ended.
   * @throws PolyflowError `leadership_lost`
   */
  requireTerm(): LeaderTerm;
  /** False as soon as another might lead: nothing may be written any more. */
  isHeld(): boolean;
  /** Gives the office up at once, because of an error or because the leader found out that it is over. */
  stepDown(reason: string): void;
  /** Calls back when the office ends. */
  onEnd(listener: () => void): void;
}

/**
 * Sees to it that at most one scheduler acts (I9). A lease in the database carries a term, and every write is refused when its term is over;
 * besides, the leader trusts its lease only until (start of the renewal + TTL − 1 s) on its own monotonic clock (I10), whatever the
 * answer took: a slow success never extends it, and a clock that jumps changes nothing.
 */
export class LeaderElection {
  readonly #given: LeaderElectionOptions;
  #office: HeldOffice | undefined;
  #cancelTimer: () => void = () => undefined;
  #isStopped = true;
  #leading: Promise<void> = Promise.resolve();
  #attempt: Promise<void> = Promise.resolve();

  constructor(given: LeaderElectionOptions) {
    this.#given = given;
  }

  get office(): Office | undefined {
    return this.#office;
  }

  /** Stands for election; the first attempt has been made when it resolves. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#stand();
  }

  /** Leaves office, waits until nothing acts any more, and lets others have the lease at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#attempt;
    const office = this.#office;
    office?.end("this scheduler stops");
    await this.#leading;
  }

  #stand(): Promise<void> {
    this.#attempt = this.#tryToAcquire();
    return this.#attempt;
  }

  async #tryToAcquire(): Promise<void> {
    const { store, clock, holder, options, logger } = this.#given;
    const startedAtMs = clock.monotonicMs();
    try {
      // An answer that takes longer than the lease lasts is of no use.
      const term = await orGiveUp(store.acquireLease(LEASE_NAME, holder, options.leaseTtlMs), {
        clock,
        afterMs: options.leaseTtlMs,
        what: "to the candidacy",
      });
      if (term !== undefined) return this.#takeOffice(term, startedAtMs);
    } catch (error) {
      logger.warn("could not ask for the scheduler's lease", { error });
    }
    this.#standLater();
  }

  #standLater(): void {
    if (this.#isStopped) return;
    const { clock, options, random } = this.#given;
    const delayMs = options.standbyPollMs * (0.8 + 0.4 * random());
    this.#cancelTimer = clock.schedule(delayMs, () => void this.#stand());
  }

  #takeOffice(term: LeaderTerm, startedAtMs: number): void {
    const { clock, options, logger, lead } = this.#given;
    const office = new HeldOffice(term, clock);
    office.trustUntil(startedAtMs + options.leaseTtlMs - TRUST_MARGIN_MS);
    this.#office = office;
    logger.info("leads the scheduling", { holder: term.holder, term: term.term });
    office.onEnd(() => this.#cancelTimer());
    if (this.#isStopped) office.end("this scheduler stops");
    else this.#renewLater(office);
    this.#leading = this.#lead(office, lead);
  }

  async #lead(office: HeldOffice, lead: LeaderElectionOptions["lead"]): Promise<void> {
    const { logger, store, clock, options } = this.#given;
    try {
      await lead(office);
    } catch (error) {
      logger.error("the scheduler's loop broke off", { error });
    }
    office.end("the loop ended");
    logger.info("leads no more", { term: office.term.term, reason: office.endReason });
    this.#office = undefined;
    try {
      await orGiveUp(store.releaseLease(office.term), { clock, afterMs: options.leaseTtlMs, what: "to the release of the lease" });
    } catch (error) {
      logger.warn("could not release the scheduler's lease; it runs out by itself", { error });
    }
    this.#standLater();
  }

  #renewLater(office: HeldOffice): void {
    this.#cancelTimer = this.#given.clock.schedule(this.#given.options.renewMs, () => void this.#renew(office));
  }

  async #renew(office: HeldOffice): Promise<void> {
    const { store, clock, options, logger } = this.#given;
    const startedAtMs = clock.monotonicMs();
    try {
      const isHeld = await store.renewLease(office.term, options.leaseTtlMs);
      if (!isHeld) return office.end("another scheduler leads");
      office.trustUntil(startedAtMs + options.leaseTtlMs - TRUST_MARGIN_MS);
    } catch (error) {
      if (isPolyflowError(error, "leadership_lost")) return office.end("another scheduler leads");
      logger.warn("could not renew the scheduler's lease", { error });
    }
    if (office.isHeld()) this.#renewLater(office);
  }
}

class HeldOffice implements Office {
  readonly term: LeaderTerm;
  readonly #clock: Clock;
  readonly #listeners: (() => void)[] = [];
  #trustEndMs = 0;
  #cancelTimer: () => void = () => undefined;
  #endReason: string | undefined;

  constructor(term: LeaderTerm, clock: Clock) {
    this.term = term;
    this.#clock = clock;
  }

  get endReason(): string | undefined {
    return this.#endReason;
  }

  requireTerm(): LeaderTerm {
    if (this.isHeld()) return this.term;
    throw new PolyflowError("leadership_lost", `Term ${this.term.term} of "${this.term.holder}" is over. Another scheduler may lead.`);
  }

  isHeld(): boolean {
    return this.#endReason === undefined && this.#clock.monotonicMs() < this.#trustEndMs;
  }

  /** Has no effect when trust has ended already. */
  trustUntil(monotonicMs: number): void {
    if (this.#trustEndMs > 0 && !this.isHeld()) return this.end("the lease could not be renewed in time");
    this.#trustEndMs = monotonicMs;
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.schedule(monotonicMs - this.#clock.monotonicMs(), () => {
      if (!this.isHeld()) this.end("the lease could not be renewed in time");
      else this.trustUntil(this.#trustEndMs);
    });
  }

  stepDown(reason: string): void {
    this.end(reason);
  }

  onEnd(listener: () => void): void {
    if (this.#endReason === undefined) this.#listeners.push(listener);
    else listener();
  }

  end(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#cancelTimer();
    for (const listener of this.#listeners) listener();
  }
}
