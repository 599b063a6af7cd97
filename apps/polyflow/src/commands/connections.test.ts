import { expect, test } from "vitest";
import { parseUri } from "./connections.ts";

test("C4: an address gives all parts of a connection, escaped ones in clear", () => {
  expect(parseUri("postgresql://us%40er:p%2Fw@db.example:5433/ware%20house?sslmode=require")).toEqual({
    type: "postgres",
    host: "db.example",
    port: 5433,
    login: "us@er",
    password: "p/w",
    schema: "ware house",
    extra: { sslmode: "require" },
  });
  expect(parseUri("my-sql://host")).toMatchObject({ type: "my_sql", host: "host", port: null, login: null, schema: null });
});

test("C4: what is no address is refused", () => {
  expect(() => parseUri("db.example:5432")).toThrow("--uri has to look like");
});
