import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the connections of the example DAGs lead to: a web service, a mail server, a folder. */
export class ExampleServices {
  readonly folder: string = mkdtempSync(join(tmpdir(), "polyflow-example-folder-"));
  /** Messages that were sent, as the server got them. */
  readonly mails: string[] = [];
  readonly #servers: readonly Server[];

  private constructor() {
    let asked = 0;
    const service = createHttpServer((_request, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ state: asked > 2 ? "ready" : "being made", rows: [1, 2, 3] }));
    });
    this.#servers = [service, createServer((client) => answerMail(client, (mail) => this.mails.push(mail)))];
  }

  static async start(): Promise<ExampleServices> {
    const services = new ExampleServices();
    for (const server of services.#servers) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return services;
  }

  /** The connections, as Polyflow reads them from its environment. */
  get environment(): { readonly [name: string]: string } {
    const [http, smtp] = this.#servers.map((server) => (server.address() as AddressInfo).port);
    const host = "127.0.0.1";
    return {
      AIRFLOW_CONN_EXAMPLE_SERVICE: JSON.stringify({ conn_type: "http", host, port: http, schema: "http" }),
      AIRFLOW_CONN_EXAMPLE_MAIL: JSON.stringify({
        conn_type: "smtp",
        host,
        port: smtp,
        extra: { from: "etl@firm.example", security: "off" },
      }),
      AIRFLOW_CONN_EXAMPLE_FOLDER: JSON.stringify({ conn_type: "fs", extra: { path: this.folder } }),
    };
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** As much of a mail server as one sender needs. */
function answerMail(client: Socket, take: (mail: string) => void): void {
  let text = "";
  let isMail = false;
  const say = (line: string): void => void client.write(`${line}\r\n`);
  say("220 mail of the test");
  client.on("error", () => client.destroy());
  client.on("data", (bytes) => {
    text += bytes.toString("utf8");
    for (;;) {
      const end = text.indexOf(isMail ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const line = text.slice(0, end);
      text = text.slice(end + (isMail ? 5 : 2));
      if (isMail) {
        take(line);
        isMail = false;
        say("250 taken");
      } else if (/^quit/i.test(line)) {
        say("221 bye");
        client.end();
      } else {
        isMail = /^data/i.test(line);
        say(isMail ? "354 go on" : "250 ok");
      }
    }
  });
}
