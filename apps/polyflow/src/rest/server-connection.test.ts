import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { answerOf } from "@polyflow/api-client";
import { type Clock, systemClock } from "@polyflow/service-kit";
import { describe, expect, onTestFinished, test } from "vitest";
import { exitCodeOf } from "../cli/exit-codes.ts";
import { readLog } from "./attempt-log.ts";
import { openServerConnection } from "./server-connection.ts";

const TOKEN = "local-token";
const run = { dagId: "d", runId: "r" };

/** A connection to a server that answers like this. */
async function connectionTo(respond: RequestListener) {
  const http = createServer(respond);
  await new Promise<void>((resolve) => {
    http.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return openServerConnection(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`, TOKEN);
}

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error: unknown) => error);

describe("the server as the command line speaks to it", () => {
  test("the token goes along, also to what the interface reads; errors keep the server's code and message", async () => {
    const server = await connectionTo((request, response) => {
      const body =
        request.headers.authorization === `Bearer ${TOKEN}`
          ? { code: "dag_run_not_found", detail: `no ${request.url}` }
          : { code: "not_authenticated", detail: "no token" };
      response.writeHead(404, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    const ofApi = await failureOf(answerOf(server.api.GET("/api/v2/dags")));
    expect(ofApi).toMatchObject({ code: "dag_run_not_found", message: "no /api/v2/dags" });
    const ofView = await failureOf(server.readRun({ dagId: "a b", runId: "r/1" }));
    expect(ofView).toMatchObject({ code: "dag_run_not_found", message: "no /ui/dags/a%20b/runs/r%2F1" });
    expect(exitCodeOf(ofView)).toBe(3);
  });

  test("where nobody answers, or somebody else, the message says so and the exit code is 4", async () => {
    const nobody = openServerConnection("http://127.0.0.1:1", TOKEN);
    for (const failure of [await failureOf(answerOf(nobody.api.GET("/api/v2/dags"))), await failureOf(nobody.readRun(run))]) {
      expect(failure).toMatchObject({ message: expect.stringContaining("No Polyflow server answers at http://127.0.0.1:1.") });
      expect(exitCodeOf(failure)).toBe(4);
    }
    const somebody = await connectionTo((_request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"));
    for (const failure of [await failureOf(answerOf(somebody.api.GET("/api/v2/dags"))), await failureOf(somebody.readRun(run))]) {
      expect(failure).toMatchObject({ message: expect.stringContaining("no Polyflow API answered") });
      expect(exitCodeOf(failure)).toBe(4);
    }
  });
});

describe("the log of a try", () => {
  /** Three pages: a line, nothing new yet, and the last line. */
  const pages: { readonly [token: string]: { readonly lines: readonly string[]; readonly next: string | null } } = {
    "": { lines: ["begins"], next: "lines-1" },
    "lines-1": { lines: [], next: "lines-1b" },
    "lines-1b": { lines: ["ends"], next: null },
  };
  const writtenBy = (request: string): unknown => {
    const page = pages[new URL(request, "http://x").searchParams.get("token") ?? ""];
    const content = page?.lines.map((event) => ({ timestamp: null, event, level: "info", logger: "task" }));
    return { content, continuation_token: page?.next };
  };

  async function read(follow: boolean): Promise<readonly string[]> {
    const server = await connectionTo((request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(writtenBy(request.url ?? "")));
    });
    // Waits no longer than it must.
    const clock: Clock = { ...systemClock, schedule: (_delayMs, work) => systemClock.schedule(0, work) };
    const seen: string[] = [];
    for await (const line of readLog(server, { ...run, taskId: "t", mapIndex: -1, tryNumber: 1 }, { clock, follow })) seen.push(line.event);
    return seen;
  }

  test("followed, goes on past a page without lines until the attempt has ended", async () => {
    expect(await read(true)).toEqual(["begins", "ends"]);
  });

  test("not followed, is what there is at this moment", async () => {
    expect(await read(false)).toEqual(["begins"]);
  });
});
