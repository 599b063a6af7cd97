import { readFileSync } from "node:fs";
import type { ConnectionSettings } from "@polyflow/sdk/runtime";

/** How to speak TLS; undefined: not at all. */
export function queueTls(settings: ConnectionSettings): { readonly rejectUnauthorized: boolean; readonly ca?: string } | undefined {
  const mode = settings.text("tls") ?? "off";
  if (mode === "off") return undefined;
  const ca = settings.text("ca");
  const certificates = ca === undefined ? {} : { ca: ca.includes("-----BEGIN") ? ca : readFileSync(ca, "utf8") };
  return { rejectUnauthorized: mode === "on", ...certificates };
}
