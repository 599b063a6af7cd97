import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { JsonObject } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { SMTPServer } from "smtp-server";

/** A message as the server got it. */
export interface GotMail {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly source: string;
  readonly user: string | undefined;
  readonly isEncrypted: boolean;
}

export interface MailServer {
  readonly mails: GotMail[];
  connection(extra?: JsonObject, parts?: Partial<Connection>): Connection;
  stop(): Promise<void>;
}

export const USER = { login: "etl", password: "s3 cret" } as const;

/** A mail server on loopback: it takes one user, and no recipient whose name begins with `nobody`. */
export async function startMailServer(
  options: { readonly secure?: boolean; readonly disabledCommands?: string[] } = {},
): Promise<MailServer> {
  const mails: GotMail[] = [];
  const server = new SMTPServer({
    ...options,
    logger: false,
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      if (username === USER.login && password === USER.password) done(null, { user: username });
      else done(Object.assign(new Error("bad credentials"), { responseCode: 535 }));
    },
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith("nobody")) done(Object.assign(new Error(`no mailbox ${address}`), { responseCode: 550 }));
      else done();
    },
    onData: (stream, { envelope, secure, user }, done) => {
      const take = async (): Promise<void> => {
        const { mailFrom, rcptTo } = envelope;
        mails.push({
          sender: mailFrom === false ? "" : mailFrom.address,
          recipients: rcptTo.map(({ address }) => address),
          source: await text(stream),
          user: typeof user === "string" ? user : undefined,
          isEncrypted: secure,
        });
      };
      take().then(() => done(), done);
    },
  });
  // a client that goes away in the middle is no failure of the test
  server.on("error", () => undefined);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const address = listening.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    mails,
    connection: (extra = {}, parts = {}) => ({
      connectionId: "mail",
      type: "smtp",
      host: "127.0.0.1",
      port,
      ...USER,
      schema: null,
      extra: { from: "Polyflow <etl@firm.example>", insecure: true, ...extra },
      ...parts,
    }),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
