import { DuckDBInstance } from "@duckdb/node-api";

/** Writes a Parquet file of the same columns as the other measured files. */
export async function writeSalesParquet(path: string, records: number): Promise<void> {
  await inDuckdb(
    `copy (select i as id, 'C' || lpad((i * 48271 % 1000000)::varchar, 6, '0') as code, 'Покупатель ' || (i * 48271 % 50000) as name,
            date '2020-01-01' + (i * 48271 % 1500)::integer as day, timestamp '2020-01-01' + to_seconds(i * 48271 % 129600000) as at,
            (i * 48271 % 999 + 1)::integer as quantity, ((i * 48271 % 99990000) / 10000)::decimal(18, 4) as price,
            ((i * 48271 % 10000000) / 100)::decimal(18, 2) as amount, i % 3 = 0 as paid, 'Регион ' || (i * 48271 % 85) as region
       from range(1, ${records + 1}) r(i)) to '${path}' (format parquet)`,
  );
}

/** What a person would do who has DuckDB and \copy: the Parquet file as CSV. */
export async function parquetToCsv(from: string, to: string): Promise<void> {
  await inDuckdb(`copy (from '${from}') to '${to}' (format csv, header)`);
}

async function inDuckdb(statement: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  try {
    await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
