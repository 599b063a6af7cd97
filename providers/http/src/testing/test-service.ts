import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { JsonObject } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";

/** A request that a service got. */
export interface GotRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A web service of one test file; `answer` is what the test makes of a request. */
export interface TestService {
  readonly origin: string;
  readonly requests: GotRequest[];
  answer: (request: GotRequest, response: ServerResponse) => void;
  connection(extra?: JsonObject, parts?: Partial<Connection>): Connection;
  stop(): Promise<void>;
}

export async function startTestService(): Promise<TestService> {
  const requests: GotRequest[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const got = {
      method: request.method ?? "",
      url: new URL(request.url ?? "", service.origin),
      headers: request.headers,
      body: await text(request),
    };
    requests.push(got);
    service.answer(got, response);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const service: TestService = {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answer: (_request, response) => void response.writeHead(404).end(),
    connection: (extra = {}, parts = {}) => ({
      connectionId: "api",
      type: "http",
      host: `http://127.0.0.1:${port}/v1`,
      port: null,
      login: null,
      password: null,
      schema: null,
      extra,
      ...parts,
    }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return service;
}

/** Answers with JSON. */
export function json(response: ServerResponse, value: unknown, headers: { readonly [name: string]: string } = {}): void {
  response
    .writeHead(200, { "content-type": "application/json", ...headers })
    .end(typeof value === "string" ? value : JSON.stringify(value));
}
