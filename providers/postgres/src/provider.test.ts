import type { JsonObject } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import type { ClosableSqlSession } from "@polyflow/sdk/runtime";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { provider } from "./provider.ts";

const url = new URL(inject("postgresUrl"));
const database = `t_${randomUUID().replaceAll("-", "")}`;
let admin: Client;

beforeAll(async () => {
  admin = new Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`create database ${database}`);
});
afterAll(async () => {
  await admin.query(`drop database ${database} with (force)`);
  await admin.end();
});

function connection(overrides: Partial<Connection> = {}): Connection {
  return {
    connectionId: "warehouse",
    type: "postgres",
    host: url.hostname,
    port: Number(url.port),
    login: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    schema: database,
    extra: {},
    ...overrides,
  };
}

async function withSession<Result>(work: (session: ClosableSqlSession) => Promise<Result>, extra: JsonObject = {}): Promise<Result> {
  const session = await provider.openSql(connection({ extra }));
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

describe("queries (A4, A8)", () => {
  test("values arrive without rounding: int8, numeric, instants and intervals are strings", async () => {
    const rows = await withSession(
      (session) =>
        session.query(
          `select 9007199254740993::int8 as big, 0.10000000000000000001::numeric as exact, date '2026-02-03' as day,
                timestamp '2026-02-03 04:05:06.123456' as local, timestamptz '2026-02-03 04:05:06.123456+05:30' as instant,
                interval '1 day 2 hours' as span, array[9007199254740993, null]::int8[] as bigs, array[0.1, null]::numeric[] as exacts,
                array[array['2026-01-01 00:00:00+00'::timestamptz]] as instants, 1.5::float8 as float, true as yes, '{"a":1}'::jsonb as doc,
                timestamptz 'infinity' as never`,
        ),
      { timezone: "UTC" },
    );
    expect(rows).toEqual([
      {
        big: "9007199254740993",
        exact: "0.10000000000000000001",
        day: "2026-02-03",
        local: "2026-02-03T04:05:06.123456",
        instant: "2026-02-02T22:35:06.123456+00:00",
        span: "1 day 02:00:00",
        bigs: ["9007199254740993", null],
        exacts: ["0.1", null],
        instants: [["2026-01-01T00:00:00+00:00"]],
        float: 1.5,
        yes: true,
        doc: { a: 1 },
        never: "infinity",
      },
    ]);
  });

  test("parameters are values, never SQL", async () => {
    const rows = await withSession((session) => session.query("select $1::text as given", ["'; drop table x; --"]));
    expect(rows).toEqual([{ given: "'; drop table x; --" }]);
  });

  test("several statements in one text answer with the last one's rows", async () => {
    expect(await withSession((session) => session.query("select 1 as a; select 2 as b"))).toEqual([{ b: 2 }]);
  });

  test("calls at the same time run one after another on the one connection", async () => {
    const rows = await withSession((session) =>
      Promise.all([
        session.query("create temp table seen (n int)"),
        session.query("insert into seen values (7)"),
        session.query("select n from seen"),
      ]),
    );
    expect(rows[2]).toEqual([{ n: 7 }]);
  });

  test("a failing statement names code, hint and place", async () => {
    const failing = withSession((session) => session.query("select 1,\n       nam from pg_class"));
    await expect(failing).rejects.toThrow(/column "nam" does not exist; SQLSTATE 42703;.*at line 2, column 8: nam from pg_class/);
  });
});

describe("transactions", () => {
  test("commit on success, roll back when the function throws, and the session goes on", async () => {
    const names = await withSession(async (session) => {
      await session.query("create temp table names (name text)");
      await session.transaction(async (inner) => inner.query("insert into names values ('kept')"));
      const failing = session.transaction(async (inner) => {
        await inner.query("insert into names values ('gone')");
        throw new Error("stop");
      });
      await expect(failing).rejects.toThrow("stop");
      return session.query("select name from names");
    });
    expect(names).toEqual([{ name: "kept" }]);
  });

  test("an inner transaction is a savepoint", async () => {
    const rows = await withSession(async (session) => {
      await session.query("create temp table t (n int)");
      await session.transaction(async (outer) => {
        await outer.query("insert into t values (1)");
        await expect(outer.transaction((inner) => inner.query("insert into t values ('x')"))).rejects.toThrow("invalid input syntax");
        await outer.transaction((inner) => inner.query("insert into t values (2)"));
      });
      return session.query("select n from t order by n");
    });
    expect(rows).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("whoever catches a statement's error within a transaction is not told that it committed", async () => {
    const result = withSession((session) =>
      session.transaction(async (inner) => {
        await inner.query("select 1/0").catch(() => undefined);
        return "done";
      }),
    );
    await expect(result).rejects.toThrow(/rolled back/);
  });

  test("using the outer session within its own transaction is an error, not an endless wait", async () => {
    const result = withSession((session) => session.transaction(() => session.query("select 1")));
    await expect(result).rejects.toThrow(/Use the session that the transaction's function is given/);
  });

  test("other work on the session waits until the transaction has ended", async () => {
    const seen = await withSession(async (session) => {
      await session.query("create temp table t (n int)");
      const first = session.transaction(async (inner) => {
        await inner.query("insert into t values (1)");
        await inner.query("select pg_sleep(0.05)");
        await inner.query("delete from t");
      });
      const second = session.query("select count(*)::int as rows from t");
      await first;
      return second;
    });
    expect(seen).toEqual([{ rows: 0 }]);
  });
});

describe("opening sessions", () => {
  test("settings of extra hold for the session; its name shows in pg_stat_activity", async () => {
    const extra = { statement_timeout: "1234ms", search_path: "pg_catalog", application_name: "polyflow:sales/load", system_schema: "df" };
    const rows = await withSession(
      (session) =>
        session.query(
          `select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
                  (select application_name from pg_stat_activity where pid = pg_backend_pid()) as name`,
        ),
      extra,
    );
    expect(rows).toEqual([{ timeout: "1234ms", path: "pg_catalog", name: "polyflow:sales/load" }]);
  });

  test("a statement that runs too long is ended by its timeout", async () => {
    const slow = withSession((session) => session.query("select pg_sleep(30)"), { statement_timeout: 50 });
    await expect(slow).rejects.toThrow(/statement timeout/);
  });

  test("a value of extra is a value, never SQL; one that PostgreSQL refuses is a fault of the connection", async () => {
    const path = `"x'); drop table t; --"`;
    const rows = await withSession((session) => session.query("select current_setting('search_path') as path"), { search_path: path });
    expect(rows).toEqual([{ path }]);
    await expect(provider.openSql(connection({ extra: { statement_timeout: "soon" } }))).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining('"statement_timeout"'),
    });
  });

  test("unknown options and modes are refused by name, before anything is sent", async () => {
    await expect(provider.openSql(connection({ extra: { sslmod: "require" } }))).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining('"sslmod"'),
    });
    await expect(provider.openSql(connection({ extra: { sslmode: "yes" } }))).rejects.toMatchObject({ code: "config_invalid" });
    await expect(provider.openSql(connection({ extra: { connect_timeout: "soon" } }))).rejects.toMatchObject({ code: "config_invalid" });
  });

  test("D3: sslmode require is not satisfied by a server without TLS", async () => {
    await expect(provider.openSql(connection({ extra: { sslmode: "require" } }))).rejects.toMatchObject({
      code: "database_unavailable",
      message: expect.stringContaining("does not support SSL"),
    });
  });

  test("a database that is not there is an error of operation that names the place and not the password", async () => {
    const closed = createServer();
    closed.listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    const opening = provider.openSql(connection({ port, password: "very-secret" }));
    await expect(opening).rejects.toMatchObject({
      code: "database_unavailable",
      message: expect.stringContaining(`127.0.0.1:${port}/${database}`),
    });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining("very-secret") });
  });

  test("a server that does not answer is given up after connect_timeout", async () => {
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const opening = provider.openSql(connection({ port, extra: { connect_timeout: 0.1 } }));
    await expect(opening).rejects.toMatchObject({ code: "database_unavailable", message: expect.stringContaining("timeout") });
    silent.close();
  });

  test("a connection that breaks fails the next statement and not the process", async () => {
    const session = await provider.openSql(connection());
    const [row] = await session.query("select pg_backend_pid() as pid");
    await admin.query("select pg_terminate_backend($1)", [row?.["pid"]]);
    await expect(session.query("select 1")).rejects.toThrow();
    await session.close();
  });

  test("close leaves no session behind, also while a statement runs", async () => {
    const session = await provider.openSql(connection());
    const [row] = await session.query("select pg_backend_pid() as pid");
    const running = session.query("select pg_sleep(60)");
    const broken = expect(running).rejects.toThrow();
    await session.close();
    await broken;
    const deadline = performance.now() + 15_000;
    for (;;) {
      const { rowCount } = await admin.query("select from pg_stat_activity where pid = $1", [row?.["pid"]]);
      if (rowCount === 0) return;
      expect(performance.now()).toBeLessThan(deadline);
      await admin.query("select pg_sleep(0.1)");
    }
  }, 20_000);
});
