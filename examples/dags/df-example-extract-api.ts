import { once } from "node:events";
import { createServer } from "node:http";
import { runFlow } from "@polyflow/provider-data";
import { type Connection, dag, task } from "@polyflow/sdk";

const docMd = `
## Загрузка из REST API

Задача сама поднимает на этой машине небольшой API с заказами и загружает их: постранично, по курсору, и при следующем запуске только то,
что изменилось (\`updated_since\`). Где API настоящий, хватит \`load({ id, flow: "api_orders" })\` и соединения типа \`http\`.

## Loading from a REST API

The task itself serves a small API of orders on this machine, and loads them: page by page, by cursor, and the next time only what has
changed (\`updated_since\`). With a real API, \`load({ id, flow: "api_orders" })\` and a connection of the type \`http\` are enough.
`;

const ORDERS = 250;
const KEY = "example";

/** Order n, as the API knows it; the last ones were changed last. */
function order(id: number) {
  const updatedAt = new Date(Date.UTC(2026, 0, 1) + id * 3_600_000).toISOString();
  return { id, customer: { name: `Customer ${id % 7}` }, amount: (id * 1.25).toFixed(2), paid: id % 3 === 0, updated_at: updatedAt };
}

/** Serves the orders on a free port of this machine. */
async function startApi(): Promise<{ readonly connection: Connection; stop(): void }> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    if (request.headers["x-api-key"] !== KEY) return void response.writeHead(401).end();
    const since = url.searchParams.get("updated_since") ?? "";
    const size = Number(url.searchParams.get("per_page") ?? 50);
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const all = Array.from({ length: ORDERS }, (_, index) => order(index + 1)).filter((each) => each.updated_at >= since);
    const next = start + size < all.length ? String(start + size) : null;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data: { items: all.slice(start, start + size), next } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const connection: Connection = {
    connectionId: "example_api",
    type: "http",
    host: "127.0.0.1",
    port,
    schema: "http",
    login: null,
    password: KEY,
    extra: { auth: "api_key_header" },
  };
  return { connection, stop: () => void server.close() };
}

const loadOrders = task("load_orders", async (_input: {}, ctx) => {
  const api = await startApi();
  try {
    // a connection that lives as long as this task; stored ones are named by their id alone
    const connection = (id: string) => (id === "example_api" ? Promise.resolve(api.connection) : ctx.connection(id));
    return await runFlow({ ...ctx, connection }, { flow: "api_orders" });
  } finally {
    api.stop();
  }
});

export const dfExampleExtractApi = dag(
  {
    id: "df_example_extract_api",
    description: "Loads orders from a REST API that the example serves itself",
    docMd,
    owner: "examples",
    tags: ["example", "data"],
    isPausedUponCreation: false,
    maxActiveRuns: 1,
    defaults: { retries: 1, retryDelay: "10s", executionTimeout: "5m" },
  },
  () => void loadOrders(),
);
