import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { queueAttempt } from "../testing/queued-attempts.ts";
import { eventually } from "../testing/eventually.ts";
import { PASSWORD, startTestServer, type TestServer } from "../testing/test-server.ts";

let kit: TestServer;
let url: string;
beforeAll(async () => {
  kit = await startTestServer(inject("postgresUrl"));
  ({ url } = await kit.server.listen());
});
afterAll(() => kit.close());

interface Stream {
  readonly response: Response;
  /** All that came so far. */
  text(): string;
  readonly ended: Promise<void>;
  close(): void;
}

async function openStream(path: string, headers: { readonly [name: string]: string }): Promise<Stream> {
  const abort = new AbortController();
  const response = await fetch(`${url}${path}`, { headers, signal: abort.signal });
  let text = "";
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  };
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return { response, text: () => text, ended, close: () => abort.abort() };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("live events over a socket (C1)", () => {
  test("bring changes of readable DAGs, of others nothing, with the headers of every answer", async () => {
    const token = await kit.tokenWith([
      { action: "read", resource: "DAGs", dagId: "own" },
      { action: "read", resource: "DAG Runs", dagId: "own" },
      { action: "read", resource: "Task Instances", dagId: "own" },
    ]);
    const stream = await openStream("/ui/events", bearer(token));
    expect(stream.response.status).toBe(200);
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(stream.response.headers.get("cache-control")).toBe("no-store");
    expect(stream.response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(stream.response.headers.get("content-encoding")).toBeNull();
    await queueAttempt(kit.store, { dagId: "foreign" });
    const { runId } = await queueAttempt(kit.store, { dagId: "own" });
    await eventually(() => (stream.text().includes(runId) ? true : undefined));
    expect(stream.text()).not.toContain("foreign");
    stream.close();
    await stream.ended;
  });

  test("can be narrowed to one DAG", async () => {
    const stream = await openStream("/ui/events?dag_id=own", bearer(await kit.tokenOf("Viewer")));
    await kit.store.dags.setPaused("foreign", true);
    await kit.store.dags.setPaused("own", true);
    await eventually(() => (stream.text().includes('"own"') ? true : undefined));
    expect(stream.text()).not.toContain("foreign");
    stream.close();
    await stream.ended;
  });

  test("end at once when the session ends", async () => {
    await kit.createUser("leaving", ["Viewer"]);
    const signedIn = await fetch(`${url}/ui/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "leaving", password: PASSWORD }),
    });
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const session: unknown = await signedIn.json();
    const csrf = typeof session === "object" && session !== null && "csrfToken" in session ? String(session.csrfToken) : "";
    const stream = await openStream("/ui/events", { cookie });
    await fetch(`${url}/ui/session`, { method: "DELETE", headers: { cookie, "x-csrf-token": csrf } });
    await stream.ended;
    expect(stream.text()).toContain(": connected");
  });

  test("end within five seconds when the rights are taken away elsewhere (ASVS 4.4)", { timeout: 15_000 }, async () => {
    const stream = await openStream("/ui/events", bearer(await kit.tokenWith([{ action: "read", resource: "DAGs" }])));
    const takenAt = performance.now();
    await kit.database.execute(
      "delete from polyflow.role_permission where role_id in (select role_id from polyflow.role where not is_built_in)",
    );
    await stream.ended;
    expect(performance.now() - takenAt).toBeLessThan(5000);
  });

  test("closing the server ends streams, waits and log readers, and lets running requests finish", { timeout: 15_000 }, async () => {
    const other = await startTestServer(inject("postgresUrl"));
    const { url: otherUrl } = await other.server.listen();
    const headers = bearer(await other.tokenOf("Admin"));
    const { runId } = await queueAttempt(other.store, { dagId: "own" });
    const streams = [
      await fetch(`${otherUrl}/ui/events`, { headers }),
      await fetch(`${otherUrl}/api/v2/dags/own/dagRuns/${runId}/wait?interval=60`, { headers }),
    ];
    const log = fetch(`${otherUrl}/ui/dags/own/runs/${runId}/tasks/extract/tries/1/log?wait_ms=30000`, { headers });
    await eventually(async () => ((await fetch(`${otherUrl}/api/v2/version`)).ok ? true : undefined));
    const startedAt = performance.now();
    await other.close();
    const [events, wait, page] = await Promise.all(
      [...streams, await log].map(async (response) => [response.status, await response.text()]),
    );
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(events).toEqual([200, expect.stringContaining(": connected")]);
    expect(wait).toEqual([200, '{"state":"running"}\n']);
    expect(page).toEqual([200, JSON.stringify({ lines: [], first: 0, next: 0, complete: false })]);
  });
});
