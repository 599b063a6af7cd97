import { randomUUID } from "node:crypto";
import type { ChangeEvent } from "@polyflow/contracts";
import { backoffMs, type Clock, type Logger } from "@polyflow/service-kit";
import { Client } from "pg";
import { decodeChanges, encodeChanges } from "./change-payload.ts";
import { connectionSettings } from "./connection-settings.ts";

const CHANNEL = "polyflow_change";
/** Connections of feeds carry this name, so that each can see whether there are others. */
const APPLICATION_NAME = "polyflow changes";
const PEER_CHECK_INTERVAL_MS = 10_000;
/** A connection that died without a word (a cable, a firewall) is found by asking it something now and then. */
const PROBE_INTERVAL_MS = 30_000;
const PROBE_TIMEOUT_MS = 10_000;
const RECONNECT = { firstMs: 100, maxMs: 5_000 };

export interface ChangeFeedOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

/**
 * Tells of commits: listeners of this process at once, other processes by NOTIFY on a connection of its own, after the commit and
 * never inside its transaction, where NOTIFY would make all commits wait for one another. Where nobody else listens nothing is sent.
 */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #origin = randomUUID();
  readonly #listeners = new Set<(event: ChangeEvent) => void>();
  #client: Client | undefined;
  #outgoing: ChangeEvent[] = [];
  #isSending = false;
  #hasPeers = false;
  #peersCheckedAtMs = Number.NEGATIVE_INFINITY;
  #failedConnects = 0;
  #isClosed = false;
  #cancelTimer: () => void = () => undefined;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Begins to listen; resolves whether or not the database answers, since it keeps trying. */
  async start(): Promise<void> {
    await this.#connect();
  }

  subscribe(listener: (event: ChangeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call after the commit. */
  emit(events: readonly ChangeEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) this.#deliver(event);
    this.#outgoing.push(...events);
    this.#send().catch((error: unknown) => this.#options.logger.debug("could not tell other processes of a change", { error }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    const client = this.#client;
    this.#client = undefined;
    this.#listeners.clear();
    await client?.end();
  }

  #deliver(event: ChangeEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#options.logger.error("a listener to changes threw", { error, kind: event.kind });
      }
    }
  }

  /** Sends what has gathered, in one message; what gathers meanwhile goes into the next. */
  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#outgoing.length > 0 && this.#client !== undefined) {
        const events = this.#outgoing;
        this.#outgoing = [];
        if (await this.#othersListen(this.#client)) await this.#notify(this.#client, events);
      }
    } finally {
      this.#isSending = false;
      // Without a connection nothing is kept: whoever reconnects looks at everything anyway.
      if (this.#client === undefined) this.#outgoing = [];
    }
  }

  async #notify(client: Client, events: readonly ChangeEvent[]): Promise<void> {
    const payload = encodeChanges({ origin: this.#origin, events });
    await client.query({ name: "notify_change", text: `select pg_notify('${CHANNEL}', $1)`, values: [payload] });
  }

  async #othersListen(client: Client): Promise<boolean> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#peersCheckedAtMs < PEER_CHECK_INTERVAL_MS) return this.#hasPeers;
    this.#peersCheckedAtMs = nowMs;
    const answer = await client.query<{ others: boolean }>({
      name: "others_listen",
      text: `select exists (
               select from pg_stat_activity
               where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()
             ) as others`,
      values: [APPLICATION_NAME],
    });
    this.#hasPeers = answer.rows[0]?.others ?? true;
    return this.#hasPeers;
  }

  async #connect(): Promise<void> {
    const settings = connectionSettings(this.#options.url, APPLICATION_NAME);
    const client = new Client({ ...settings, query_timeout: PROBE_TIMEOUT_MS });
    client.on("error", (error) => this.#lose(client, error));
    client.on("end", () => this.#lose(client, new Error("the connection was closed")));
    client.on("notification", ({ channel, payload }) => {
      if (channel === CHANNEL && payload !== undefined) this.#hear(payload);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#client = client;
      await this.#notify(client, []);
    } catch (error) {
      this.#client = client;
      this.#lose(client, error);
      return;
    }
    if (this.#isClosed) return client.end();
    // What was committed while nobody listened is unknown.
    if (this.#failedConnects > 0) this.#deliver({ kind: "resync" });
    this.#failedConnects = 0;
    this.#probeLater(client);
  }

  #lose(client: Client, error: unknown): void {
    if (this.#client !== client || this.#isClosed) return;
    this.#client = undefined;
    this.#outgoing = [];
    this.#cancelTimer();
    client.end().catch((endError: unknown) => this.#options.logger.debug("closing a lost connection failed", { error: endError }));
    this.#failedConnects += 1;
    const delayMs = backoffMs(this.#failedConnects, { ...RECONNECT, random: this.#options.random });
    this.#options.logger.warn("lost the connection that listens to changes", { error, retryInMs: Math.round(delayMs) });
    this.#cancelTimer = this.#options.clock.schedule(delayMs, () => {
      this.#connect().catch((reason: unknown) => this.#options.logger.error("listening to changes failed", { error: reason }));
    });
  }

  #probeLater(client: Client): void {
    this.#cancelTimer = this.#options.clock.schedule(PROBE_INTERVAL_MS, () => {
      client.query("select 1").then(
        () => this.#client === client && this.#probeLater(client),
        (error: unknown) => this.#lose(client, error),
      );
    });
  }

  #hear(text: string): void {
    const payload = decodeChanges(text);
    if (payload === undefined || payload.origin === this.#origin) return;
    this.#hasPeers = true;
    this.#peersCheckedAtMs = this.#options.clock.monotonicMs();
    for (const event of payload.events) this.#deliver(event);
  }
}
