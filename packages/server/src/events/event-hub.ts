import type { ChangeEvent, Resource } from "@polyflow/contracts";
import type { Clock, Logger } from "@polyflow/service-kit";
import type { Store } from "@polyflow/store";
import type { Caller } from "../access/caller.ts";
import type { Sessions } from "../access/sessions.ts";
import { EventClient, type EventSink } from "./event-client.ts";

const HEARTBEAT_MS = 15_000;
/** Rights are asked again this often, so that a stream ends well within five seconds after they were taken away elsewhere. */
const REVALIDATE_MS = 3000;

export interface Subscription {
  readonly caller: Caller;
  /** Only events of this DAG. */
  readonly dagId: string | undefined;
  readonly sink: EventSink;
}

interface Member {
  caller: Caller;
  readonly dagId: string | undefined;
  readonly client: EventClient;
}

/** Gives the store's change events to the browsers that may see them. */
export class EventHub {
  readonly #options: { readonly store: Store; readonly sessions: Sessions; readonly clock: Clock; readonly logger: Logger };
  readonly #members = new Set<Member>();
  readonly #unsubscribe: readonly (() => void)[];
  #isClosed = false;
  readonly #cancelTimers: readonly (() => void)[];

  constructor(options: { readonly store: Store; readonly sessions: Sessions; readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
    this.#unsubscribe = [
      options.store.subscribe((event) => this.#publish(event)),
      options.sessions.onClosed((tokenHash) => this.#endSession(tokenHash)),
    ];
    this.#cancelTimers = [this.#every(HEARTBEAT_MS, () => this.#heartbeat()), this.#every(REVALIDATE_MS, () => this.#revalidate())];
  }

  /** @returns leave; harmless when repeated. */
  join(subscription: Subscription): () => void {
    const member = {
      caller: subscription.caller,
      dagId: subscription.dagId,
      client: new EventClient(subscription.sink, this.#options.clock),
    };
    this.#members.add(member);
    // A request that was under way when the server began to close.
    if (this.#isClosed) this.#end(member);
    return () => this.#end(member);
  }

  /** Ends all streams. */
  close(): void {
    this.#isClosed = true;
    for (const stop of [...this.#unsubscribe, ...this.#cancelTimers]) stop();
    for (const member of this.#members) this.#end(member);
  }

  #publish(event: ChangeEvent): void {
    for (const member of this.#members) if (isFor(event, member)) member.client.offer(event);
  }

  #heartbeat(): void {
    for (const member of this.#members) member.client.heartbeat();
  }

  #endSession(tokenHash: string): void {
    for (const member of this.#members) if (member.caller.credential?.tokenHash === tokenHash) this.#end(member);
  }

  async #revalidate(): Promise<void> {
    const bySession = new Map<string, Promise<Caller | undefined>>();
    for (const member of this.#members) {
      const { credential } = member.caller;
      const key = credential?.tokenHash ?? "";
      const fresh = bySession.get(key) ?? this.#freshCaller(member.caller);
      bySession.set(key, fresh);
      const caller = await fresh;
      if (caller !== undefined && maySubscribe(caller, member.dagId)) member.caller = caller;
      else this.#end(member);
    }
  }

  /** Undefined also when the store cannot be asked: a stream whose rights are not known ends, and the browser comes back. */
  async #freshCaller(caller: Caller): Promise<Caller | undefined> {
    try {
      if (caller.credential === undefined) return await this.#options.sessions.nobody();
      return await this.#options.sessions.revalidate(caller.credential);
    } catch (error) {
      this.#options.logger.warn("rights of an event stream could not be checked; it ends", {
        error: error instanceof Error ? error.message : String(error),
      });
      return undefined;
    }
  }

  #end(member: Member): void {
    if (this.#members.delete(member)) member.client.close();
  }

  #every(periodMs: number, work: () => void | Promise<void>): () => void {
    let cancel: (() => void) | undefined;
    let stopped = false;
    const next = (): void => {
      if (!stopped) cancel = this.#options.clock.schedule(periodMs, () => void Promise.resolve(work()).finally(next));
    };
    next();
    return () => {
      stopped = true;
      cancel?.();
    };
  }
}

function maySubscribe(caller: Caller, dagId: string | undefined): boolean {
  return dagId === undefined ? caller.rights.somewhere("read", "DAGs") : caller.rights.onDag("read", "DAGs", dagId);
}

/** The kind of resource that an event of a DAG is about: who may read it, may know of the event. */
const RESOURCE_OF: { readonly [kind in Extract<ChangeEvent, { dagId: string }>["kind"]]: Resource } = {
  dag: "DAGs",
  dag_removed: "DAGs",
  run: "DAG Runs",
  backfill: "Backfills",
  task_instance: "Task Instances",
  load_report: "Task Instances",
};

/** Whether the member may know of the event and asked for it. */
function isFor(event: ChangeEvent, member: Member): boolean {
  const { rights } = member.caller;
  switch (event.kind) {
    case "resync":
      return true;
    case "import_errors":
      return member.dagId === undefined && rights.everywhere("read", "ImportError");
    case "asset_event":
      return member.dagId === undefined && rights.everywhere("read", "Assets") && rights.everywhere("read", "DAGs");
    case "dag":
    case "dag_removed":
    case "run":
    case "backfill":
    case "task_instance":
    case "load_report":
      return isAskedFor(event.dagId, member) && rights.onDag("read", RESOURCE_OF[event.kind], event.dagId);
  }
}

function isAskedFor(dagId: string, member: Member): boolean {
  return member.dagId === undefined || member.dagId === dagId;
}
