import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Binary, Decimal128, Long, ObjectId } from "mongodb";
import { describe, expect, test } from "vitest";
import { documentJson } from "./mongo-json.ts";
import { describeStatement, exactColumn, MSSQL_DIALECT } from "./mssql-columns.ts";
import { exactOracleColumn, ORACLE_DIALECT } from "./oracle-columns.ts";
import { provider } from "./provider.ts";
import { extractText } from "./testing/extract-text.ts";

describe("B2: MS SQL Server is asked so that nothing is rounded", () => {
  test.each([
    ["decimal(38,10)", "convert(varchar(50), [a]]b]) as [a]]b]"],
    ["money", "convert(varchar(50), [a]]b], 2) as [a]]b]"],
    ["datetime2(7)", "convert(varchar(50), [a]]b], 126) as [a]]b]"],
    ["datetimeoffset(7)", "convert(varchar(50), [a]]b], 126) as [a]]b]"],
    ["float", "convert(varchar(50), [a]]b], 3) as [a]]b]"],
    ["bit", "case [a]]b] when 1 then 'true' when 0 then 'false' end as [a]]b]"],
    ["varbinary(max)", "'\\x' + lower(convert(varchar(max), convert(varbinary(max), [a]]b]), 2)) as [a]]b]"],
    ["nvarchar(200)", "[a]]b]"],
    ["int", "[a]]b]"],
  ])("%s", (type, expression) => {
    expect(exactColumn("a]b", type)).toEqual({ name: "a]b", expression });
  });

  test("names, values and the question for the columns are quoted", () => {
    expect(MSSQL_DIALECT.literal("o'x")).toBe("N'o''x'");
    expect(describeStatement("select 'a' from t")).toContain("dm_exec_describe_first_result_set(N'select ''a'' from t', null, 0)");
  });
});

describe("B2: Oracle is asked so that nothing is rounded", () => {
  test.each([
    ["DB_TYPE_NUMBER", `to_char("N", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''') as "N"`],
    ["DB_TYPE_DATE", `to_char("N", 'YYYY-MM-DD"T"HH24:MI:SS') as "N"`],
    ["DB_TYPE_TIMESTAMP", `to_char("N", 'YYYY-MM-DD"T"HH24:MI:SS.FF') as "N"`],
    ["DB_TYPE_TIMESTAMP_TZ", `to_char(cast("N" as timestamp with time zone), 'YYYY-MM-DD"T"HH24:MI:SS.FFTZH:TZM') as "N"`],
    ["DB_TYPE_VARCHAR", `"N"`],
    ["DB_TYPE_CLOB", `"N"`],
  ])("%s", (type, expression) => {
    expect(exactOracleColumn("N", type)).toEqual({ name: "N", expression });
  });

  test("plain names are left to the server's folding", () => {
    expect(["orders", "Order Id", "a$b"].map((name) => ORACLE_DIALECT.identifier(name))).toEqual(["orders", '"Order Id"', "a$b"]);
  });
});

describe("B2: ClickHouse", () => {
  test("over its HTTP interface: the cursor first, then CSV by the server, nested types as JSON", async () => {
    const queries: string[] = [];
    const server = createServer((request, response) => {
      text(request).then(
        (body) => {
          const query = (new URL(request.url ?? "", "http://x").searchParams.get("query") ?? "") + body;
          queries.push(query.replaceAll(/\s+/g, " ").trim());
          if (query.startsWith("describe")) response.end('{"name":"id","type":"UInt64"}\n{"name":"tags","type":"Array(String)"}\n');
          else if (query.includes("count(*)")) response.end('["0"]\n');
          else if (query.includes("max(")) response.end('["20"]\n');
          else response.end(query.startsWith("SELECT 'ping'") ? "ping\n" : '18446744073709551615,"[""a""]"\n20,"[]"\n');
        },
        () => response.destroy(),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const connection = {
      connectionId: "ch",
      type: "clickhouse",
      host: "127.0.0.1",
      port,
      login: null,
      password: null,
      schema: "dwh",
      extra: {},
    };
    const { content, state } = await extractText(connection, { kind: "sql", table: "dwh.hits", cursor: "id" }, { state: { cursor: "10" } });
    server.closeAllConnections();
    server.close();
    expect(content).toBe('id,tags\n18446744073709551615,"[""a""]"\n20,"[]"\n');
    expect(state).toEqual({ cursor: "20" });
    expect(queries.at(-1)).toBe(
      "select `id`, toJSONString(`tags`) as `tags` from `dwh`.`hits` where (`id` > 10 and `id` <= 20) format CSV",
    );
  });
});

describe("B2: MongoDB", () => {
  test("documents as JSON that keeps every digit", () => {
    const document = {
      _id: new ObjectId("65a000000000000000000001"),
      big: Long.fromString("9007199254740993"),
      price: Decimal128.fromString("0.10"),
      at: new Date("2026-02-03T04:05:06.789Z"),
      bytes: new Binary(Buffer.from([0, 255])),
      list: [{ n: 1 }, null],
      odd: Decimal128.fromString("NaN"),
    };
    expect(documentJson(document)).toBe(
      '{"_id":"65a000000000000000000001","big":9007199254740993,"price":0.10,"at":"2026-02-03T04:05:06.789Z","bytes":"\\\\x00ff","list":[{"n":1},null],"odd":"NaN"}',
    );
  });
});

test.each(["mysql", "mssql", "clickhouse", "oracle", "mongodb"])(
  "A8: %s: a server that is not there is named, with what to check; the client loads",
  async (type) => {
    const extra = type === "clickhouse" ? {} : { connect_timeout: 1 };
    const connection = { connectionId: "away", type, host: "127.0.0.1", port: 1, login: "me", password: "hidden", schema: "x", extra };
    const failure: unknown = await provider.test(connection).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "database_unavailable",
      message: expect.stringMatching(/Connection "away": cannot open a session on .* at 127.0.0.1:1 as "me"/),
    });
    expect(String(failure)).not.toContain("hidden");
  },
);
