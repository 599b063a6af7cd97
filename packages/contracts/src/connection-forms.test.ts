import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectionJson, parseConnection, parseConnectionJson } from "./connection-json.ts";
import { connectionUri, parseConnectionUri } from "./connection-uri.ts";
import { type ConnectionValues, emptyConnection } from "./connection-values.ts";

describe("A8: the URI form of a connection", () => {
  test("an address gives all parts, escaped ones in clear", () => {
    expect(parseConnectionUri("postgresql://us%40er:p%2Fw@db.example:5433/ware%20house?sslmode=require")).toEqual({
      type: "postgres",
      description: null,
      host: "db.example",
      port: 5433,
      login: "us@er",
      password: "p/w",
      schema: "ware house",
      extra: { sslmode: "require" },
    });
    expect(parseConnectionUri("my-sql://host")).toMatchObject({ type: "my_sql", host: "host", port: null, login: null, schema: null });
  });

  test.each([
    ["http://https://api.example/v1", { type: "http", host: "https://api.example", schema: "v1" }],
    ["http://https://user:pw@api.example:444", { host: "https://api.example", login: "user", password: "pw", port: 444 }],
    ["s3://key:secret@/bucket?__extra__=%7B%22a%22%3A%7B%22b%22%3A1%7D%7D", { host: null, schema: "bucket", extra: { a: { b: 1 } } }],
    ["redis://:pw@h:1/0", { login: null, password: "pw", schema: "0" }],
    ["redis://@:6379", { host: null, port: 6379 }],
    ["postgres://[::1]:5/db", { host: "::1", port: 5, schema: "db" }],
    ["http://h/?a=b+c&d=", { schema: null, extra: { a: "b c", d: "" } }],
  ])("as Airflow reads it: %s", (uri, parts) => {
    expect(parseConnectionUri(uri)).toMatchObject(parts);
  });

  test.each([
    ["db.example:5432", /type:\/\/login/],
    ["a://b://c://d", /more than two/],
    ["http://user:pw@https://h", /before the second/],
    ["x://h:99999", /port is 99999/],
    ["x://u:%zz@h", /password has a %/],
    ["x://h?__extra__=[1]", /no JSON object/],
  ])("what cannot be read is refused, without its text: %s", (uri, message) => {
    expect(() => parseConnectionUri(uri)).toThrow(message);
    expect(() => parseConnectionUri(uri)).not.toThrow(uri);
  });
});

const part = fc.option(
  fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.isWellFormed()),
  { nil: null },
);
const connections: fc.Arbitrary<ConnectionValues> = fc.record({
  type: fc.constantFrom("postgres", "aws_s3", "http"),
  description: fc.constant(null),
  host: fc.oneof(part, fc.constant("https://api.example"), fc.constant("::1")).filter((host) => !/:\/\/.*(:\/\/|^$)/.test(host ?? "")),
  port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: null }),
  login: part,
  password: part,
  schema: part,
  extra: fc.oneof(
    fc.dictionary(fc.string({ minLength: 1 }), fc.string()).map((texts) => ({ ...texts })),
    fc.constant({ nested: { list: [1, null, "я"] }, flag: true }),
  ),
});

describe("A8: both forms, there and back", () => {
  test("a connection comes back the same from its URI and from its JSON", () => {
    fc.assert(
      fc.property(connections, (connection) => {
        expect(parseConnection(connectionUri(connection))).toEqual(connection);
        expect(parseConnection(connectionJson(connection))).toEqual(connection);
      }),
    );
  });

  test("JSON: extra may be text, a port too; what is wrong is named by its key", () => {
    expect(parseConnectionJson('{"conn_type": "Postgres", "port": "5432", "extra": "{\\"a\\": 1}"}')).toEqual({
      ...emptyConnection("postgres"),
      port: 5432,
      extra: { a: 1 },
    });
    expect(() => parseConnectionJson('{"conn_type": "x", "pasword": "secret"}')).toThrow(/the key "pasword"/);
    expect(() => parseConnectionJson('{"host": "h"}')).toThrow(/lacks `conn_type`/);
    expect(() => parseConnectionJson("secret")).toThrow("The connection's JSON is no JSON object.");
  });
});
