import { load } from "@polyflow/provider-data";
import { chain, dag, sql } from "@polyflow/sdk";

const docMd = `
## Загрузка из базы данных

Схема \`examples_shop\` играет роль чужой базы: каждый запуск добавляет в неё тысячу продаж и загружает из неё в \`examples.shop_sales\` только
новое, по курсору \`sold_at\`, двумя соединениями сразу. Для настоящей базы замените в \`metadata/sources/shop-sales.yaml\` имя соединения:
подходят PostgreSQL, MySQL и MariaDB, MS SQL Server, ClickHouse и Oracle.

## Loading from a database

The schema \`examples_shop\` plays another database: each run adds a thousand sales to it and loads what is new into \`examples.shop_sales\`, by
the cursor \`sold_at\`, over two connections at once. For a real database write another connection into \`metadata/sources/shop-sales.yaml\`:
PostgreSQL, MySQL and MariaDB, MS SQL Server, ClickHouse and Oracle will do.
`;

const CREATE = `create table if not exists examples_shop.sales
  (sale_id bigint generated always as identity primary key, sold_at timestamptz not null, product text, quantity integer, price numeric)`;

const SELL = `insert into examples_shop.sales (sold_at, product, quantity, price)
  select clock_timestamp(), 'Product ' || n % 20, 1 + n % 5, round((random() * 1000)::numeric, 6) from generate_series(1, 1000) n`;

export const dfExampleExtractDb = dag(
  {
    id: "df_example_extract_db",
    description: "Loads what is new in the tables of another database",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "5m" },
  },
  () => {
    const sell = sql({ id: "sell", connection: "df", statements: ["create schema if not exists examples_shop", CREATE, SELL] });
    chain(sell, load({ id: "load_sales", flow: "shop_sales" }));
  },
);
