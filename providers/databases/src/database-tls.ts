import { readFileSync } from "node:fs";
import { type ConnectionField, type ConnectionSettings, extra } from "@polyflow/sdk/runtime";

/** Settings of TLS that the types of databases have in common. */
export const TLS_FIELDS: readonly ConnectionField[] = [
  extra(
    "tls",
    { en: "TLS", ru: "TLS" },
    {
      kind: "choice",
      choices: ["on", "off", "insecure"],
      help: {
        en: "`on` verifies the certificate; `insecure` does not. Default: on, and off for this machine.",
        ru: "`on` проверяет сертификат, `insecure` нет. По умолчанию on, для этой же машины off.",
      },
    },
  ),
  extra("ca", { en: "Root certificates (PEM or file)", ru: "Корневые сертификаты (PEM или файл)" }, { kind: "multiline" }),
];

/** How to speak TLS; undefined: not at all. */
export function databaseTls(settings: ConnectionSettings): { readonly rejectUnauthorized: boolean; readonly ca?: string } | undefined {
  const mode = settings.text("tls") ?? (isLocal(settings.text("host") ?? "localhost") ? "off" : "on");
  if (mode === "off") return undefined;
  const ca = settings.text("ca");
  const certificates = ca === undefined ? {} : { ca: ca.includes("-----BEGIN") ? ca : readFileSync(ca, "utf8") };
  return { rejectUnauthorized: mode === "on", ...certificates };
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
