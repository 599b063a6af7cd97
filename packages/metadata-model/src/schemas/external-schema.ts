import type { JsonSchema } from "../schema-check.ts";

const text = { type: "string" };
const name = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 1 };
const scalar = { type: ["string", "number", "boolean"] };
const scalars = { type: "object", additionalProperties: scalar };

const cursor = {
  cursor: { ...name, description: "Column that grows: each load reads what is beyond the last value that was committed" },
  initial: { type: ["string", "number"], description: "Where the first load begins" },
  overlap: { type: "number", minimum: 0, description: "Read so much again (seconds for instants), for rows that were committed late" },
  nullCursor: { enum: ["fail", "include", "exclude"], description: "What rows without a value of the cursor mean; default fail" },
};

const sql = {
  type: "object",
  additionalProperties: false,
  description: "Rows of a table or of a query of an SQL database",
  properties: {
    table: { ...name, description: "`schema.table`" },
    query: name,
    ...cursor,
    ranges: {
      type: "object",
      additionalProperties: false,
      required: ["column", "parts"],
      description: "Read with several connections at once, each its range of a column of whole numbers",
      properties: { column: name, parts: { type: "integer", minimum: 2, maximum: 32 } },
    },
  },
};

const collection = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  description: "Documents of a MongoDB collection",
  properties: { name, filter: { type: "object" }, ...cursor },
};

const paging = {
  type: "object",
  additionalProperties: false,
  required: ["kind"],
  properties: {
    kind: { enum: ["page", "offset", "cursor", "link", "nextUrl"] },
    parameter: name,
    first: { type: "integer", minimum: 0 },
    sizeParameter: name,
    size: count,
    next: { ...name, description: "Dotted path in the answer to the next cursor or address" },
  },
};

const rest = {
  type: "object",
  additionalProperties: false,
  required: ["path"],
  description: "Records of an HTTP API that answers with JSON",
  properties: {
    path: { ...name, description: "Below the address of the connection" },
    method: { enum: ["GET", "POST"] },
    query: scalars,
    headers: { type: "object", additionalProperties: text },
    body: {},
    records: { ...name, description: "Dotted path to the list of records; absent: the answer is the list" },
    paging,
    incremental: {
      type: "object",
      additionalProperties: false,
      required: ["parameter", "field"],
      properties: {
        parameter: { ...name, description: "Query parameter that says since when" },
        field: { ...name, description: "Field whose greatest value the next load begins with" },
        initial: { type: ["string", "number"] },
      },
    },
    requestsPerSecond: { type: "number", exclusiveMinimum: 0 },
    tries: count,
    maxPages: count,
  },
};

const soap = {
  type: "object",
  additionalProperties: false,
  required: ["body", "records"],
  description: "Records in the answer of a SOAP service",
  properties: {
    path: text,
    action: text,
    version: { enum: ["1.1", "1.2"] },
    body: { ...name, description: "XML of the message, with `{{name}}` for parameters; Polyflow puts the envelope around it" },
    parameters: scalars,
    records: { ...name, description: "Dotted path of element names to the records, without prefixes" },
  },
};

const queue = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  description: "Messages of a RabbitMQ queue, a Redis stream or list, a Kafka topic, in batches",
  properties: {
    name,
    type: { enum: ["stream", "list"], description: "Redis: default stream" },
    body: { enum: ["json", "text"] },
    maxMessages: count,
    idleSeconds: { type: "number", exclusiveMinimum: 0 },
    start: { enum: ["earliest", "latest"], description: "Kafka: where the first load begins" },
  },
};

/** The keys of a source that is no file: the connection, and what to read from it. */
export const EXTERNAL_PROPERTIES: { readonly [key: string]: JsonSchema } = {
  connection: { ...name, description: "Id of the connection that leads to the system" },
  sql,
  collection,
  rest,
  soap,
  queue,
};
