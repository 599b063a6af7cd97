import { type CollectionExtract, type JsonObject, PolyflowError } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import { connectionSettings, extractOf } from "@polyflow/sdk/runtime";
import type { Document, Filter, MongoClient } from "mongodb";
import { connectError } from "./connect-error.ts";
import { databaseTls } from "./database-tls.ts";
import { MONGODB_TYPE } from "./description.ts";
import { valueText } from "./csv-rows.ts";
import { bsonText, documentJson } from "./mongo-json.ts";

const BATCH = 1_000;
const PIECE_CHARACTERS = 128 << 10;

/** Reads documents of a collection, all or beyond a cursor. */
export async function extractCollection(connection: Connection, request: ExtractRequest): Promise<Extract> {
  const { source, signal, name } = request;
  if (source.kind !== "collection") {
    throw new PolyflowError("metadata_invalid", `Source "${name}": MongoDB is read with \`collection\`, not with \`${source.kind}\`.`);
  }
  const client = await connectMongo(connection);
  try {
    const collection = client.db().collection(source.name);
    const { EJSON } = (await import("mongodb")).BSON;
    // an author's filter is JSON; ids and instants in it are written as extended JSON
    const filter: Filter<Document> = EJSON.deserialize({ ...source.filter });
    const bound = source.cursor === undefined ? undefined : await greatestOf(collection, filter, source.cursor);
    const range = await cursorFilter(source, request, bound);
    async function* content(): AsyncGenerator<Uint8Array, void> {
      let piece = "";
      for await (const document of collection.find(
        { $and: [filter, range] },
        { batchSize: BATCH, promoteLongs: false, promoteValues: false, signal },
      )) {
        piece += `${documentJson(document)}\n`;
        if (piece.length < PIECE_CHARACTERS) continue;
        yield Buffer.from(piece);
        piece = "";
      }
      if (piece !== "") yield Buffer.from(piece);
    }
    const state = bound === undefined ? request.state : cursorState(bound);
    return extractOf({
      format: "ndjson",
      content: content(),
      state: () => (source.cursor === undefined ? undefined : state),
      close: () => client.close(),
    });
  } catch (error) {
    await client.close();
    throw error;
  }
}

export async function connectMongo(connection: Connection): Promise<MongoClient> {
  const settings = connectionSettings(connection, MONGODB_TYPE);
  const tls = databaseTls(settings);
  const isSrv = settings.flag("srv");
  const login = settings.text("login");
  const replicaSet = settings.text("replica_set");
  const place = `${settings.text("host") ?? "localhost"}${isSrv ? "" : `:${settings.number("port") ?? 27017}`}`;
  const timeoutMs = (settings.number("connect_timeout") ?? 10) * 1000;
  const { MongoClient: Mongo } = await import("mongodb");
  const client = new Mongo(`mongodb${isSrv ? "+srv" : ""}://${place}/${encodeURIComponent(settings.require("schema"))}`, {
    appName: "polyflow",
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    ...(login === undefined
      ? {}
      : { auth: { username: login, password: settings.text("password") ?? "" }, authSource: settings.text("auth_source") ?? "admin" }),
    ...(replicaSet === undefined ? {} : { replicaSet }),
    tls: tls !== undefined,
    ...(tls === undefined ? {} : { tlsAllowInvalidCertificates: !tls.rejectUnauthorized, ...(tls.ca === undefined ? {} : { ca: tls.ca }) }),
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.close();
    throw connectError(connection, "MongoDB", error);
  }
}

async function greatestOf(
  collection: ReturnType<ReturnType<MongoClient["db"]>["collection"]>,
  filter: Filter<Document>,
  cursor: string,
): Promise<unknown> {
  const found = await collection
    .find({ $and: [filter, { [cursor]: { $ne: null } }] }, { promoteLongs: false })
    .sort({ [cursor]: -1 })
    .limit(1)
    .toArray();
  return found[0] === undefined
    ? undefined
    : cursor
        .split(".")
        .reduce<unknown>((at, step) => (typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined), found[0]);
}

async function cursorFilter(source: CollectionExtract, request: ExtractRequest, bound: unknown): Promise<Filter<Document>> {
  const { cursor, initial, overlap, nullCursor = "fail" } = source;
  if (cursor === undefined) return {};
  if (overlap !== undefined)
    throw new PolyflowError("metadata_invalid", `Source "${request.name}": \`overlap\` is for SQL databases; MongoDB has none yet.`);
  const orNull: Filter<Document>[] = nullCursor === "include" ? [{ [cursor]: null }] : [];
  if (bound === undefined) return { $or: [...orNull, { _id: { $exists: false } }] };
  const last = await typedState(request.state);
  const lower =
    last === undefined
      ? initial === undefined
        ? {}
        : { $gte: await typedInitial(initial, bound) }
      : { [request.inclusive ? "$gte" : "$gt"]: last };
  return { $or: [{ [cursor]: { ...lower, $lte: bound } }, ...orNull] };
}

/** The bound in extended JSON: an instant and a text that looks like one are different values. */
function cursorState(bound: unknown): { readonly cursor: string; readonly type: string } {
  if (bound instanceof Date) return { cursor: bound.toISOString(), type: "date" };
  if (typeof bound === "object" && bound !== null) return { cursor: bsonText(bound), type: String(Reflect.get(bound, "_bsontype")) };
  return { cursor: valueText(bound), type: typeof bound === "string" ? "text" : "number" };
}

async function typedState(state: JsonObject | undefined): Promise<unknown> {
  const [text, type] = [state?.["cursor"], state?.["type"]];
  return typeof text === "string" && typeof type === "string" ? typedValue(text, type) : undefined;
}

function typedInitial(initial: string, like: unknown): Promise<unknown> {
  return typedValue(initial, cursorState(like).type);
}

async function typedValue(text: string, type: string): Promise<unknown> {
  const { Decimal128, Long, ObjectId } = await import("mongodb");
  switch (type) {
    case "date":
      return new Date(text);
    case "number":
    case "Int32":
    case "Double":
      return Number(text);
    case "ObjectId":
      return new ObjectId(text);
    case "Long":
      return Long.fromString(text);
    case "Decimal128":
      return Decimal128.fromString(text);
    default:
      return text;
  }
}
