import { PolyflowError } from "@polyflow/contracts";
import type { LeaderTerm, SchedulerStore } from "@polyflow/store";
import type { QueryResultRow } from "pg";
import { WAIT_BRIEFLY } from "../brief-wait.ts";
import type { Transaction, Values } from "../database.ts";
import { type Statement, statement } from "../statement.ts";
import type { StoreContext } from "../store-context.ts";

/**
 * Parameters: name. Locks: leader_lease, for update: waits for every transaction that holds the lease `for key share`, so that nothing
 * is committed under the old term once a new one has begun.
 */
const LOCK_LEASE = statement("lock_lease", `select term from polyflow.leader_lease where name = $1 for update`);

/** Parameters: name, holder, time to live in ms. Result: the new term, or no row while somebody else holds the lease. Time is the database's. */
const ACQUIRE_LEASE = statement(
  "acquire_lease",
  `insert into polyflow.leader_lease (name, holder, term, acquired_at, expires_at)
   values ($1, $2, 1, clock_timestamp(), clock_timestamp() + $3 * interval '1 millisecond')
   on conflict (name) do update
     set holder = excluded.holder, term = leader_lease.term + 1, acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
     where leader_lease.holder is null or leader_lease.holder = excluded.holder or leader_lease.expires_at <= clock_timestamp()
   returning term`,
);

/** Parameters: name, holder, term, time to live in ms. Result: one row while the term lasts. */
const RENEW_LEASE = statement(
  "renew_lease",
  `update polyflow.leader_lease set expires_at = clock_timestamp() + $4 * interval '1 millisecond'
   where name = $1 and holder = $2 and term = $3
   returning term`,
);

/** Parameters: name, holder, term. */
const RELEASE_LEASE = statement(
  "release_lease",
  `update polyflow.leader_lease set holder = null, expires_at = clock_timestamp() where name = $1 and holder = $2 and term = $3`,
);

/** Parameters: name, holder, term. Result: one row while the term lasts. Locks: leader_lease, shared: any number of writers at once. */
const SHARE_LEASE = statement(
  "share_lease",
  `select term from polyflow.leader_lease where name = $1 and holder = $2 and term = $3 for key share`,
);

/** The same for writes that count before they write: one at a time, each seeing what the one before it committed. */
const HOLD_LEASE = statement(
  "hold_lease",
  `select term from polyflow.leader_lease where name = $1 and holder = $2 and term = $3 for no key update`,
);

/**
 * Lets the commit of this transaction not wait for the disk. Right for readying and queueing: an attempt begins with its claim, whose commit
 * does wait and carries all earlier ones to the disk with it. If the server dies in between, what was decided is undecided again, as if the
 * scheduler had been slower; nobody outside has seen anything start or end.
 */
export const COMMIT_LAZILY = statement("commit_lazily", `select set_config('synchronous_commit', 'off', true)`);

/** A condition for statements whose first three parameters are a term: they do nothing when it is over. */
export const TERM_LASTS = `exists (select from polyflow.leader_lease where name = $1 and holder = $2 and term = $3)`;

export function termValues(term: LeaderTerm): readonly [string, string, number] {
  return [term.name, term.holder, term.term];
}

export function leadershipLost(term: LeaderTerm): PolyflowError {
  return new PolyflowError(
    "leadership_lost",
    `Term ${term.term} of ${term.holder} as ${term.name} is over: another process leads. Nothing was written.`,
  );
}

/** A write in a term: one statement whose parameters begin with the term's and which guards itself with TERM_LASTS. */
export interface TermWrite {
  readonly statement: Statement;
  readonly values: Values;
  /** Nobody else of the same term counts or queues meanwhile. */
  readonly alone?: boolean;
  /** The commit does not wait for the disk; see COMMIT_LAZILY. */
  readonly lazily?: boolean;
  /** Waits for no lock for long; see WAIT_BRIEFLY. */
  readonly briefly?: boolean;
}

/** Runs a write in one round trip with the lock on the lease. @throws PolyflowError `leadership_lost` */
export function writeInTerm<Row extends QueryResultRow>(
  { database }: StoreContext,
  term: LeaderTerm,
  write: TermWrite,
): Promise<readonly Row[]> {
  const lock = write.alone === true ? HOLD_LEASE : SHARE_LEASE;
  return database.pipeline(async (transaction) => {
    const [lease, , , rows] = await Promise.all([
      transaction.query(lock, termValues(term)),
      write.lazily === true ? transaction.query(COMMIT_LAZILY) : [],
      write.briefly === true ? transaction.query(WAIT_BRIEFLY) : [],
      transaction.query<Row>(write.statement, [...termValues(term), ...write.values]),
    ]);
    if (lease.length === 0) throw leadershipLost(term);
    return rows;
  });
}

/**
 * The same for what is asked on every tick and mostly finds nothing: looks first, since a lock on the lease alone costs a write to the disk.
 * `question` takes the term's parameters and the same values as far as it needs them, and answers `termLasts` and `isDue`.
 */
export async function writeInTermIfDue<Row extends QueryResultRow>(
  context: StoreContext,
  term: LeaderTerm,
  write: TermWrite & { readonly question: Statement; readonly questionValues: Values },
): Promise<readonly Row[]> {
  const answer = await context.database.queryOne<{ termLasts: boolean; isDue: boolean }>(write.question, [
    ...termValues(term),
    ...write.questionValues,
  ]);
  if (answer?.termLasts !== true) throw leadershipLost(term);
  return answer.isDue ? writeInTerm<Row>(context, term, write) : [];
}

/** The text of such a question; `due` is a subquery that finds a row when there is something to do. */
export function isDueText(due: string): string {
  return `select ${TERM_LASTS} as "termLasts", exists (${due}) as "isDue"`;
}

/** Takes the lease for a transaction of several statements; see HOLD_LEASE. @returns whether the term lasts. */
export async function holdLease(transaction: Transaction, term: LeaderTerm): Promise<boolean> {
  return (await transaction.query(HOLD_LEASE, termValues(term))).length > 0;
}

export function leaseMethods({ database }: StoreContext): Pick<SchedulerStore, "acquireLease" | "renewLease" | "releaseLease"> {
  return {
    async acquireLease(name, holder, ttlMs) {
      const rows = await database.pipeline(async (transaction) => {
        const [, acquired] = await Promise.all([
          transaction.query(LOCK_LEASE, [name]),
          transaction.query<{ term: number }>(ACQUIRE_LEASE, [name, holder, ttlMs]),
        ]);
        return acquired;
      });
      const [row] = rows;
      return row === undefined ? undefined : { name, holder, term: row.term };
    },

    async renewLease(term, ttlMs) {
      return (await database.query(RENEW_LEASE, [...termValues(term), ttlMs])).length > 0;
    },

    async releaseLease(term) {
      await database.query(RELEASE_LEASE, termValues(term));
    },
  };
}
