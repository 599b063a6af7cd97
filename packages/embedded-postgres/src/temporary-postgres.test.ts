import pg from "pg";
import { expect, inject, test } from "vitest";

test("the run's throw-away cluster takes connections and stores UTF-8", async () => {
  const client = new pg.Client(inject("postgresUrl"));
  await client.connect();
  try {
    const answer = await client.query<{ encoding: string; provider: string; upper: string }>(
      "select pg_encoding_to_char(encoding) as encoding, datlocprovider as provider, upper('жуçк') as upper from pg_database where datname = current_database()",
    );
    expect(answer.rows[0]).toEqual({ encoding: "UTF8", provider: "b", upper: "ЖУÇК" });
  } finally {
    await client.end();
  }
});
