import { anyOf, asset, assetAlias, dag, task } from "@polyflow/sdk";

const docMd = `
## Запуск по обновлению данных

\`example_asset_producer\` обновляет набор данных \`example_orders\` и сообщает, сколько строк стало; \`example_asset_consumer\` запускается
сам, как только набор обновлён, и узнаёт, что именно обновилось. Каждый год продаж — свой набор, имя которого известно лишь во время работы:
для этого псевдоним.

## Runs that follow from data

\`example_asset_producer\` updates the asset \`example_orders\` and says how many rows it has; \`example_asset_consumer\` runs by itself as
soon as it was updated, and knows what was. Each year of sales is an asset of its own whose name is known only at work: through an alias.
`;

const orders = asset({ name: "example_orders", uri: "postgres://warehouse/examples/orders", group: "table", extra: { owner: "examples" } });
const customers = asset({ name: "example_customers", group: "table" });
const years = assetAlias("example_sales_by_year");

const produce = task({ id: "produce", outlets: [orders, years] }, (_input: object, ctx) => {
  const rows = 42;
  ctx.updateAsset(orders, { rows });
  ctx.updateAsset(`example_sales_${ctx.runAfter.getUTCFullYear()}`, { rows }, { alias: years });
  return { rows };
});

const consume = task({ id: "consume", inlets: [orders] }, (_input: object, ctx) => {
  for (const [name, events] of Object.entries(ctx.triggeringAssetEvents)) {
    for (const event of events) ctx.log.info(`${name}: ${JSON.stringify(event.extra)} from ${event.sourceDagId ?? "outside"}`);
  }
  const rows = Object.values(ctx.triggeringAssetEvents).flat().length;
  return { updates: rows };
});

export const exampleAssetProducer = dag(
  { id: "example_asset_producer", description: "Updates an asset", docMd, owner: "examples", tags: ["example", "feature", "assets"] },
  () => {
    produce();
  },
);

export const exampleAssetConsumer = dag(
  {
    id: "example_asset_consumer",
    description: "Runs whenever an asset was updated",
    docMd,
    owner: "examples",
    tags: ["example", "feature", "assets"],
    schedule: anyOf(orders, customers),
    isPausedUponCreation: false,
  },
  () => {
    consume();
  },
);
