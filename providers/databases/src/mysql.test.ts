import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SqlExtract } from "@polyflow/contracts";
import type { ExtractRequest } from "@polyflow/sdk";
import type { ClosableSqlSession } from "@polyflow/sdk/runtime";
import { provider } from "./provider.ts";
import { extractText } from "./testing/extract-text.ts";
import { hasMariaServer, type MariaServer, startMariaServer } from "./testing/maria-server.ts";

// skipped: needs mariadb-server
describe.skipIf(!hasMariaServer)("B2, A4: MySQL and MariaDB", () => {
  let server: MariaServer;
  let session: ClosableSqlSession;
  beforeAll(async () => {
    server = await startMariaServer();
    session = await provider.openSql(server.connection);
  }, 60_000);
  afterAll(async () => {
    await session.close();
    await server.stop();
  });
  const extract = (source: SqlExtract, more?: Partial<ExtractRequest>) => extractText(server.connection, { kind: "sql", ...source }, more);

  test("values keep all digits, zones, bytes, and the difference of NULL and an empty text", async () => {
    await session.query(`create table kinds (big bigint unsigned, exact decimal(30,20), at timestamp(6) null, local datetime(3), day date, yes bit(1), flag tinyint(1),
      note text, empty varchar(10), nothing int, bytes varbinary(8), doc json)`);
    await session.query("set time_zone = '+03:00'");
    await session.query(
      "insert into kinds values (18446744073709551615, 0.10000000000000000001, '2026-02-03 04:05:06.123456', '2026-02-03 04:05:06.789', '2026-02-03', b'1', 1, 'Ёж \"x\"\\n,y', '', null, x'00ff', '{\"a\": 1}')",
    );
    await session.query("set time_zone = '+00:00'");
    expect((await extract({ table: "kinds" })).content).toBe(
      'big,exact,at,local,day,yes,flag,note,empty,nothing,bytes,doc\n18446744073709551615,0.10000000000000000001,2026-02-03 01:05:06.123456+00,2026-02-03 04:05:06.789,2026-02-03,1,1,"Ёж ""x""\n,y","",,\\x00ff,"{""a"": 1}"\n',
    );
  });

  test("by cursor and in ranges: each row once", async () => {
    await session.query("create table events (id int primary key, at datetime)");
    await session.query("insert into events select seq, '2026-01-01' + interval seq second from seq_1_to_5000");
    const first = await extract({ query: "select * from events;", cursor: "at", ranges: { column: "id", parts: 4 } });
    expect(first.content.split("\n")).toHaveLength(5002);
    expect(new Set(first.content.split("\n")).size).toBe(5002);
    expect(first.state).toEqual({ cursor: "2026-01-01 01:23:20" });
    await session.query("insert into events values (5001, '2026-01-02')");
    expect((await extract({ table: "events", cursor: "at" }, { state: first.state })).content).toBe("id,at\n5001,2026-01-02 00:00:00\n");
    expect((await extract({ table: "events", cursor: "id" }, { state: { cursor: "5001" } })).content).toBe("id,at\n");
  });

  test("a session: parameters, transactions within transactions, faults with their statement", async () => {
    await session.query("create table t (n int)");
    await session.transaction(async (within) => {
      await within.query("insert into t values (?), (?)", [1, 2]);
      await expect(
        within.transaction(async (inner) => {
          await inner.query("insert into t values (3)");
          throw new Error("undo");
        }),
      ).rejects.toThrow("undo");
    });
    expect(await session.query("select n, n * 1.10 as more from t order by n")).toEqual([
      { n: "1", more: "1.10" },
      { n: "2", more: "2.20" },
    ]);
    await expect(session.query("select no_such from t")).rejects.toThrow(/no_such.*; the statement: select no_such from t/);
  });

  test("A8: a test of the connection; a wrong password; TLS is asked for where the host is another machine", async () => {
    expect(await provider.test(server.connection)).toMatch(/MySQL, MariaDB: .*MariaDB.*, database shop/);
    await expect(provider.test({ ...server.connection, login: "nobody", password: "hidden" })).rejects.toThrow(
      /cannot open a session on MySQL.*nobody/,
    );
    await expect(provider.test({ ...server.connection, extra: { tls: "on" } })).rejects.toThrow(
      /does not support secure connection|TLS|SSL/i,
    );
  });
});
