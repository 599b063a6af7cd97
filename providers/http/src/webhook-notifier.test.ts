import { dag, FailTask, task } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { provider } from "./provider.ts";
import { startTestService, type TestService } from "./testing/test-service.ts";
import { webhookNotifier } from "./webhook-notifier.ts";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

test("A11: the webhook notifier tells a service what happened, and again when it does not take it; the run is not touched", async () => {
  const bodies: string[] = [];
  service.answer = ({ url, body }, response) => {
    bodies.push(`${url.pathname} ${body}`);
    response.writeHead(bodies.length === 1 ? 503 : 200).end();
  };
  const fails = task(
    {
      id: "load",
      onFailure: webhookNotifier({ connection: "chat", path: "rooms/{{ params.room }}", body: { text: "{{ task_id }}: {{ error }}" } }),
    },
    () => {
      throw new FailTask('no "space"');
    },
  );
  const told = dag(
    { id: "told", params: { room: { type: "string", default: "night" } }, onFailure: webhookNotifier({ connection: "chat" }) },
    () => {
      fails();
    },
  );
  const chat = service.connection();
  const run = await runDag(told, { connections: { chat }, providers: [provider] });
  expect(run.state).toBe("failed");
  expect(run.callbacks.map(({ name, state, attempts }) => [name, state, attempts])).toEqual([
    ["webhook chat", "success", 2],
    ["webhook chat", "success", 1],
  ]);
  expect(bodies[1]).toBe(String.raw`/v1/rooms/night {"text":"load: no \"space\""}`);
  expect(JSON.parse(bodies[2]?.slice(bodies[2].indexOf("{")) ?? "")).toMatchObject({
    event: "failure",
    dag_id: "told",
    state: "failed",
    failed_tasks: "load",
  });
});
