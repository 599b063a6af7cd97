import { Client } from "pg";
import type { ClientConfig } from "pg";

/** Runs `work` on a connection of its own. */
export async function withClient<Result>(config: string | ClientConfig, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ ...(typeof config === "string" ? { connectionString: config } : config), application_name: "polyflow" });
  // a lost connection fails the statement in hand; without a listener it would end the process as well
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
