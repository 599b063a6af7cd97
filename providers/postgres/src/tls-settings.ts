import { PolyflowError } from "@polyflow/contracts";
import { readFileSync } from "node:fs";
import { checkServerIdentity } from "node:tls";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectionOptions } from "./connection-options.ts";

/**
 * How to speak TLS; false: not at all.
 * `require` and `verify-full` check the certificate and the server's name, `verify-ca` the certificate alone, `no-verify` nothing.
 * (In libpq `require` checks nothing; who wants that says so.) `prefer` and `allow` take TLS where the server offers it,
 * unchecked, since they would take no encryption as well.
 */
export function tlsSettings(options: ConnectionOptions): TlsOptions | false {
  const { sslMode } = options;
  if (sslMode === "disable") return false;
  const certificates = {
    ...pemOption("ca", options.sslRootCert),
    ...pemOption("cert", options.sslCert),
    ...pemOption("key", options.sslKey),
  };
  switch (sslMode) {
    case "allow":
    case "prefer":
    case "no-verify":
      return { ...certificates, rejectUnauthorized: false };
    case "verify-ca":
      return { ...certificates, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case "require":
    case "verify-full":
      return { ...certificates, rejectUnauthorized: true, checkServerIdentity };
  }
}

function pemOption(name: "ca" | "cert" | "key", given: string | undefined): { readonly [name: string]: string } {
  if (given === undefined) return {};
  if (given.includes("-----BEGIN")) return { [name]: given };
  try {
    return { [name]: readFileSync(given, "utf8") };
  } catch (error) {
    throw new PolyflowError("config_invalid", `The certificate file ${given} of the connection cannot be read: ${String(error)}.`, {
      cause: error,
    });
  }
}
