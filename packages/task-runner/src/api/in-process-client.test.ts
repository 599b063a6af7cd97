import { describe, expect, test } from "vitest";
import { TransportError } from "./http-client.ts";
import { InProcessClient, type ServerCall } from "./in-process-client.ts";

const REQUEST = { method: "POST", path: "/attempts/1/finish", token: "secret", body: "{}", timeoutMs: 60_000 } as const;

describe("calls of a server in the same process", () => {
  test("carry path, token and body as they do by HTTP", async () => {
    const calls: ServerCall[] = [];
    const client = new InProcessClient("http://127.0.0.1:1/base/execution/v1", async (call) => {
      calls.push(call);
      return { status: 204, body: Buffer.alloc(0) };
    });
    expect((await client.send(REQUEST)).status).toBe(204);
    expect(calls).toEqual([
      {
        method: "POST",
        path: "/base/execution/v1/attempts/1/finish",
        headers: { authorization: "Bearer secret", "content-type": "application/json", "content-length": "2" },
        body: "{}",
      },
    ]);
  });

  test("that get no answer in time or find the server closed say nothing of their effect, as a broken connection", async () => {
    const silent = new InProcessClient("http://127.0.0.1:1/", () => new Promise(() => undefined));
    await expect(silent.send({ ...REQUEST, timeoutMs: 1 })).rejects.toThrow(TransportError);
    const closed = new InProcessClient("http://127.0.0.1:1/", () => Promise.reject(new Error("Server is closed")));
    await expect(closed.send(REQUEST)).rejects.toThrow("Server is closed");
    await expect(closed.send(REQUEST)).rejects.toThrow(TransportError);
  });
});
