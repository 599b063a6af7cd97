import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";

const REMEDIES: { readonly [code: string]: string } = {
  EAUTH: "refuses the sign-in; check user and password",
  EENVELOPE: "refuses the sender or the recipients",
  EMESSAGE: "refuses the message",
  ETLS: "and we agree on no encryption; check `security`, and `ca` for a certificate of your own authority",
  ECONNECTION: "cannot be reached; check host, port and `security`",
  ESOCKET: "cannot be reached, or its certificate is not trusted; check host, port, `security` and `ca`",
  ETIMEDOUT: "does not answer; check host, port and `security`",
  EDNS: "has a name that is not known; check the host",
};

/** What went wrong with a server, in words, without anything secret. */
export function smtpFailure(connection: Connection, address: string, error: unknown): PolyflowError {
  const said = error instanceof Error ? error.message : String(error);
  const what = REMEDIES[String(partOf(error, "code"))] ?? "failed";
  const message = `The mail server ${address} of connection "${connection.connectionId}" ${what}: ${said.slice(0, 500)}`;
  return new PolyflowError("external_system_failed", message, { cause: error });
}

/** The server has said no for good: no try after this one will fare better. */
export function isRefusal(error: unknown): boolean {
  const status = partOf(error, "responseCode");
  return typeof status === "number" && status >= 500;
}

function partOf(error: unknown, name: "code" | "responseCode"): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
}
