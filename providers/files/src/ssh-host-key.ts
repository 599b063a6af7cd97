import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** An SSH server, as known_hosts names it. */
export interface SshHost {
  readonly host: string;
  readonly port: number;
}

/** `SHA256:…`, as ssh-keygen shows it. */
export function keyFingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** Whether a key is one of those that a setting names: fingerprints, or whole keys as in `ssh-ed25519 AAAA…`, one per line. */
export function isNamedKey(key: Buffer, setting: string): boolean {
  const encoded = key.toString("base64");
  return setting.split(/[\n,]/).some((line) => {
    const words = line.trim().split(/\s+/);
    return words.includes(keyFingerprint(key)) || words.includes(encoded);
  });
}

/** Whether known_hosts names the key for the host; lines may be hashed. A line marked `@revoked` refuses it. */
export function isKnownKey(key: Buffer, { host, port }: SshHost, knownHosts: string): boolean {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const encoded = key.toString("base64");
  let isKnown = false;
  for (const line of knownHosts.split("\n")) {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
    const [hosts = "", , known] = words;
    if (hosts.startsWith("#") || known !== encoded || !hosts.split(",").some((pattern) => matchesHost(pattern, name))) continue;
    if (marker === "@revoked") return false;
    if (marker === undefined) isKnown = true;
  }
  return isKnown;
}

function matchesHost(pattern: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern);
  if (hashed === null) return pattern.toLowerCase() === name.toLowerCase();
  const [, salt = "", expected = ""] = hashed;
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  const wanted = Buffer.from(expected, "base64");
  return wanted.length === actual.length && timingSafeEqual(wanted, actual);
}
