import type { ExternalSource, JsonObject } from "@polyflow/contracts";
import type { TaskLogger } from "./task-logger.ts";

/** What to read from an external system, and what is known of it already. */
export interface ExtractRequest {
  readonly source: ExternalSource;
  /** Name of the source, for messages. */
  readonly name: string;
  /** The declared fields, in order. */
  readonly fields: readonly string[];
  /** What the last committed load left; undefined for the first one. */
  readonly state: JsonObject | undefined;
  /** Whether rows that have the last value of the cursor are wanted again: a merge can take them, an append cannot. */
  readonly inclusive: boolean;
  /** Which of these messages have been loaded already. */
  readonly loadedMessages: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly log: TaskLogger;
  readonly signal: AbortSignal;
}

/** Records on their way, as the bytes of a file in UTF-8. */
export interface Extract {
  /** `csv`: comma, quotes, header, nothing for NULL and `""` for an empty text. `ndjson`: an object per line. */
  readonly format: "csv" | "ndjson";
  readonly content: AsyncIterable<Uint8Array>;
  /** Asked when the content has been read: what the next load must know. It is kept in the transaction that loads the records. */
  state(): JsonObject | undefined;
  /** Ids of the messages in the content, where the system itself cannot say what has been taken. */
  messageIds(): readonly string[];
  /** Called when the records are committed: tells the system that it may forget them. */
  committed(): Promise<void>;
  /** Called in any case, last. */
  close(): Promise<void>;
}
