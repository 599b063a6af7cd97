import type { ConnectionSecret } from "@polyflow/contracts/wire";

export const MASKED = "***";
/** Shorter values would mask half of every line and are no secrets. */
const SHORTEST_SECRET = 3;
/** Names of `extra` options whose values everybody may know. */
const HARMLESS_OPTIONS: ReadonlySet<string> = new Set([
  "sslmode",
  "application_name",
  "region",
  "region_name",
  "charset",
  "encoding",
  "timezone",
  "driver",
  "warehouse",
  "database",
  "role",
  "schema",
  "search_path",
  "client_encoding",
  "target_session_attrs",
]);
/** Words that stand for a choice, not for a secret. */
const CHOICES = /^(?:true|false|on|off|yes|no|none|null|auto|default|prefer|require|disable|allow|verify-ca|verify-full|[\d.]{1,5})$/i;

/** Replaces what must not be read in logs. */
export class SecretMask {
  /** Longest first, so that a secret that contains another one is replaced as a whole. */
  #secrets: readonly string[] = [];

  add(values: readonly string[]): void {
    const forms = values.flatMap(formsOf).filter((form) => form.length >= SHORTEST_SECRET);
    this.#secrets = [...new Set([...this.#secrets, ...forms])].sort((left, right) => right.length - left.length);
  }

  apply(text: string): string {
    let masked = text;
    for (const secret of this.#secrets) if (masked.includes(secret)) masked = masked.replaceAll(secret, MASKED);
    return masked;
  }
}

/** What of a connection must not show in logs: its password, and its `extra` but for options that are known to be harmless. */
export function secretsOfConnection(connection: ConnectionSecret): readonly string[] {
  const extra = Object.entries(connection.extra)
    .filter(([name]) => !HARMLESS_OPTIONS.has(name.toLowerCase()))
    .flatMap(([, value]) => textsOf(value))
    .filter((text) => !CHOICES.test(text));
  return [...(connection.password === null ? [] : [connection.password]), ...extra];
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** A secret as it shows in lines: each of its lines, and as it stands in an address or in JSON. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [secret, ...lines, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)];
}
