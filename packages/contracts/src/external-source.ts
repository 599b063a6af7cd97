import type { JsonObject, JsonValue } from "./json.ts";

/** A source that is no file: what to read from the system that a connection leads to. */
export type ExternalSource =
  | ({ readonly kind: "sql" } & SqlExtract)
  | ({ readonly kind: "collection" } & CollectionExtract)
  | ({ readonly kind: "rest" } & RestExtract)
  | ({ readonly kind: "soap" } & SoapExtract)
  | ({ readonly kind: "queue" } & QueueExtract);

/** Reads only what is new since the last load that was committed, by a column that grows. */
export interface CursorOptions {
  /** Column, or field of the record, that grows. */
  readonly cursor?: string;
  /** Where the first load begins; absent: at the beginning. */
  readonly initial?: string;
  /** Reads so much again from before the last value, for rows that were committed late: a number, for instants in seconds. Needs a merge. */
  readonly overlap?: number;
  /** What rows without a value of the cursor mean. Default: the load fails, since they could never be told from new ones. */
  readonly nullCursor?: "fail" | "include" | "exclude";
}

/** A table, or the rows of a query, of an SQL database. */
export interface SqlExtract extends CursorOptions {
  /** `schema.table`; exactly one of table and query. */
  readonly table?: string;
  readonly query?: string;
  /** Reads with several connections at once, each its range of a column of whole numbers. */
  readonly ranges?: { readonly column: string; readonly parts: number };
}

/** Documents of a MongoDB collection. */
export interface CollectionExtract extends CursorOptions {
  readonly name: string;
  /** In MongoDB's extended JSON. */
  readonly filter?: JsonObject;
}

/** Records of an HTTP API that answers with JSON. */
export interface RestExtract {
  /** Below the address of the connection. */
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly query?: { readonly [name: string]: string | number | boolean };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: JsonValue;
  /** Dotted path to the list of records in an answer; absent: the answer is the list. */
  readonly records?: string;
  readonly paging?: RestPaging;
  readonly incremental?: {
    /** Query parameter that says since when. */
    readonly parameter: string;
    /** Field of the record whose greatest value the next load begins with. */
    readonly field: string;
    readonly initial?: string;
  };
  /** At most so many requests per second. */
  readonly requestsPerSecond?: number;
  /** Tries of one request after failures that pass: 429, 5xx, a broken connection. Default 5. */
  readonly tries?: number;
  /** Longer lists are a sign of paging that never ends. Default 100,000. */
  readonly maxPages?: number;
}

export type RestPaging =
  /** `?page=1`, `?page=2`, … until a page is short or empty. */
  | { readonly kind: "page"; readonly parameter?: string; readonly first?: number; readonly sizeParameter?: string; readonly size?: number }
  /** `?offset=0&limit=100`, `?offset=100&limit=100`, … until a page is short or empty. */
  | { readonly kind: "offset"; readonly parameter?: string; readonly sizeParameter?: string; readonly size: number }
  /** The answer names the cursor of the next page; none ends the list. */
  | {
      readonly kind: "cursor";
      readonly parameter: string;
      /** Dotted path in the answer. */
      readonly next: string;
      readonly sizeParameter?: string;
      readonly size?: number;
    }
  /** The header `Link: <…>; rel="next"`. */
  | { readonly kind: "link" }
  /** The answer holds the next page's address; dotted path. */
  | { readonly kind: "nextUrl"; readonly next: string };

/** Records in the answer of a SOAP service. */
export interface SoapExtract {
  readonly path?: string;
  readonly action?: string;
  readonly version?: "1.1" | "1.2";
  /** The message's body: XML with `{{name}}` where a parameter goes. Polyflow puts the envelope around it. */
  readonly body: string;
  readonly parameters?: { readonly [name: string]: string | number | boolean };
  /** Dotted path, from the body's content, to the elements that are records; without prefixes of name spaces. */
  readonly records: string;
}

/** Messages of a queue, a stream or a topic, taken in batches. */
export interface QueueExtract {
  /** RabbitMQ: queue. Redis: key of a stream or a list. Kafka: topic. */
  readonly name: string;
  /** Redis alone. Default stream. */
  readonly type?: "stream" | "list";
  /** `json` (default): the fields of the message's object; `text`: one field `body`. */
  readonly body?: "json" | "text";
  /** Default 10,000. */
  readonly maxMessages?: number;
  /** A batch ends when no message comes for so long. Default 2. */
  readonly idleSeconds?: number;
  /** Kafka: where the first load begins. Default earliest. */
  readonly start?: "earliest" | "latest";
}
