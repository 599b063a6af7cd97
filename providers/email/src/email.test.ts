import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, dag, FailTask, task } from "@polyflow/sdk";
import { runDag } from "@polyflow/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { email, type EmailOptions } from "./email.ts";
import { emailNotifier } from "./email-notifier.ts";
import { provider } from "./provider.ts";
import { type MailServer, startMailServer } from "./testing/mail-server.ts";

const PATIENCE = { timeout: 60_000 };
let server: MailServer;
let projectDir: string;
beforeAll(async () => {
  server = await startMailServer();
  projectDir = await mkdtemp(join(tmpdir(), "email-"));
  await mkdir(join(projectDir, "data", "out"), { recursive: true });
  await writeFile(join(projectDir, "data", "out", "orders_2026-05-02.csv"), "id\n1\n");
  await writeFile(join(projectDir, "secret.txt"), "secret");
  await symlink(join(projectDir, "secret.txt"), join(projectDir, "data", "link.txt"));
});
afterAll(async () => {
  await server.stop();
  await rm(projectDir, { recursive: true });
});
beforeEach(() => void server.mails.splice(0));

async function send(options: Partial<EmailOptions>, mail: Connection = server.connection()) {
  const message = { id: "t", connection: "mail", to: "sales@firm.example", subject: "s", text: "t", retries: 1, ...options } as const;
  const logicalDate = new Date("2026-05-02T00:00:00Z");
  const run = await runDag(
    dag("mailing", () => void email(message)),
    { connections: { mail }, providers: [provider], projectDir, logicalDate },
  );
  return run.task("t");
}

describe("A4: the e-mail operator", PATIENCE, () => {
  test("sends text, HTML and files, rendered, encrypted and signed in, to all kinds of recipients", async () => {
    const sent = await send({
      to: ["Sales <sales@firm.example>", "{{ dag.dag_id }}@firm.example"],
      cc: "a@firm.example, b@firm.example",
      bcc: ["quiet@firm.example"],
      subject: "Orders of {{ ds }}",
      text: "day {{ ds }}",
      html: "<b>day {{ ds }}</b>",
      attachments: ["out/orders_{{ ds }}.csv", { path: "out/orders_{{ ds }}.csv", name: "today.csv" }],
    });
    const recipients = ["sales@firm.example", "mailing@firm.example", "a@firm.example", "b@firm.example", "quiet@firm.example"];
    expect(sent).toMatchObject({ state: "success", output: { accepted: recipients, refused: [] } });
    expect(server.mails).toMatchObject([{ sender: "etl@firm.example", recipients, user: "etl", isEncrypted: true }]);
    const source = server.mails[0]?.source ?? "";
    for (const part of ["Subject: Orders of 2026-05-02", "day 2026-05-02", "<b>day 2026-05-02</b>", "orders_2026-05-02.csv", "today.csv"])
      expect(source).toContain(part);
    expect(source).toContain(Buffer.from("id\n1\n").toString("base64"));
    expect(source).not.toContain("quiet@");
  });

  test("a wrong password and a refused recipient fail at once, and the reason says what to do; the password is in none", async () => {
    const wrong = await send({}, server.connection({}, { password: "hidden" }));
    expect(wrong).toMatchObject({ state: "failed", tries: 1 });
    expect(wrong.reason).toMatch(/mail server 127.0.0.1:\d+ of connection "mail" refuses the sign-in; check user and password: .*535/);
    expect(wrong.reason).not.toContain("hidden");
    const nobody = await send({ to: "nobody@firm.example" });
    expect(nobody).toMatchObject({ state: "failed", tries: 1 });
    expect(nobody.reason).toMatch(/refuses the sender or the recipients: .*no mailbox nobody@firm.example/);
    expect(server.mails).toEqual([]);
    const some = await send({ to: ["sales@firm.example", "nobody@firm.example"] });
    expect(some).toMatchObject({ state: "failed", tries: 1, reason: expect.stringContaining("refused it for nobody@firm.example") });
    expect(server.mails).toMatchObject([{ recipients: ["sales@firm.example"] }]);
  });

  test("messages that cannot be sent: for nobody, from nobody, with files from elsewhere or too large (D6)", async () => {
    expect((await send({ to: [" "] })).reason).toContain("The message is for nobody");
    expect((await send({}, server.connection({ from: "" }))).reason).toContain("The message has no sender");
    for (const path of ["../secret.txt", "link.txt", "none.csv", "out"])
      expect((await send({ attachments: [path] })).reason).toContain(
        `The attachment "${path}" is no file in the folder data/ of the project`,
      );
    expect((await send({ attachments: ["out/orders_{{ ds }}.csv"], maxAttachmentBytes: 4 })).reason).toContain("have 5 bytes, more than 4");
    expect(server.mails).toEqual([]);
  });
});

test("A4: options of email that types would refuse are import errors", () => {
  const described = (options: object) => () => dag("a", () => void email({ id: "t", connection: "mail", ...options } as never));
  expect(described({ subject: "x" })).toThrow('task "t": to is missing: it has to be a text or a list.');
  expect(described({ to: "a@b.example", subject: "x", txt: "y" })).toThrow(/no option "txt". Options: connection, to, cc/);
});

test("A11: the e-mail notifier tells people what happened; the run is not touched", PATIENCE, async () => {
  const fails = task(
    { id: "load", onFailure: emailNotifier({ connection: "mail", to: "{{ params.whom }}", subject: "{{ task_id }}: {{ error }}" }) },
    () => {
      throw new FailTask("no space");
    },
  );
  const params = { whom: { type: "string", default: "night@firm.example" } } as const;
  const told = dag({ id: "told", params, onFailure: emailNotifier({ connection: "mail", to: ["boss@firm.example"] }) }, () => void fails());
  const run = await runDag(told, { connections: { mail: server.connection() }, providers: [provider] });
  expect(run.state).toBe("failed");
  expect(run.callbacks.map(({ name, state, attempts }) => [name, state, attempts])).toEqual([
    ["e-mail mail", "success", 1],
    ["e-mail mail", "success", 1],
  ]);
  expect(server.mails.map(({ recipients }) => recipients)).toEqual([["night@firm.example"], ["boss@firm.example"]]);
  expect(server.mails[0]?.source).toContain("Subject: load: no space");
  expect(server.mails[1]?.source).toMatch(/Subject: told: failed[^]*DAG: told[^]*Failed tasks: load/);
});

test(
  "a mail server that takes the call and says nothing fails the task after the connection's time (Airflow #41490, #12801 hung)",
  PATIENCE,
  async () => {
    const calls: Socket[] = [];
    const silent = createServer((socket) => void calls.push(socket));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const sent = await send({ retries: 0 }, server.connection({ timeout: 1 }, { port }));
    expect(sent).toMatchObject({ state: "failed", reason: expect.stringMatching(/mail server .*127\.0\.0\.1/) as string });
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls) call.destroy();
    silent.close();
  },
);

describe("A8: a test of the connection", PATIENCE, () => {
  const tested = (connection: Connection) => provider.test(connection, AbortSignal.timeout(50_000));

  test("says who answers, and what is wrong", async () => {
    expect(await tested(server.connection())).toMatch(/accepts the sign-in/);
    expect(await tested(server.connection({}, { login: null, password: null }))).toMatch(/answers/);
    await expect(tested(server.connection({}, { password: "x" }))).rejects.toThrow(/refuses the sign-in/);
    await expect(tested(server.connection({}, { port: 1 }))).rejects.toThrow(/cannot be reached.*ECONNREFUSED/);
    await expect(tested(server.connection({ secure: true }))).rejects.toThrow(/setting "secure".*there are: security/);
    await expect(tested(server.connection({ insecure: false }))).rejects.toThrow(/certificate/);
  });

  test("TLS from the first byte; without encryption only where the connection says so", async () => {
    const [secure, plain] = await Promise.all([startMailServer({ secure: true }), startMailServer({ disabledCommands: ["STARTTLS"] })]);
    try {
      expect(await tested(secure.connection({ security: "tls" }))).toMatch(/accepts the sign-in/);
      await expect(tested(plain.connection())).rejects.toThrow(/mail server .* of connection "mail"/);
      expect(await send({}, plain.connection({ security: "off" }))).toMatchObject({ state: "success" });
      expect(plain.mails).toMatchObject([{ isEncrypted: false }]);
    } finally {
      await Promise.all([secure.stop(), plain.stop()]);
    }
  });
});
