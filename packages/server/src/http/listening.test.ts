import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
});
afterAll(() => kit.close());

test("who is told the address hears of it before anybody gets an answer (H)", { timeout: 60_000 }, async () => {
  const order: string[] = [];
  let answered: Promise<unknown> = Promise.resolve();
  const { url } = await kit.server.listen((address) => {
    answered = fetch(`${address}/api/v2/version`).then(() => order.push("answered"));
    order.push(`told ${address}`);
  });
  await answered;
  expect(order).toEqual([`told ${url}`, "answered"]);
});
