import { readFileSync } from "node:fs";
import type { Connection } from "@polyflow/sdk";
import { connectionSettings } from "@polyflow/sdk/runtime";
import { SMTP_TYPE } from "./description.ts";

const PORTS: { readonly [security: string]: number } = { starttls: 587, tls: 465, off: 25 };

/** A client of the server that a connection leads to; the library is loaded at the first message only. @throws PolyflowError `config_invalid` */
export async function smtpTransport(connection: Connection) {
  const settings = connectionSettings(connection, SMTP_TYPE);
  const security = settings.text("security") ?? "starttls";
  const timeoutMs = (settings.number("timeout") ?? 60) * 1000;
  const [login, ca] = [settings.text("login"), settings.text("ca")];
  const { createTransport } = await import("nodemailer");
  const host = settings.require("host");
  const port = connection.port ?? PORTS[security] ?? 587;
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "off",
    ...(login === undefined ? {} : { auth: { user: login, pass: settings.text("password") ?? "" } }),
    tls: {
      rejectUnauthorized: !settings.flag("insecure"),
      ...(ca === undefined ? {} : { ca: ca.includes("-----BEGIN") ? ca : readFileSync(ca, "utf8") }),
    },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // what a message holds comes from us alone
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { transport, address: `${host}:${port}`, from: settings.text("from") };
}
