import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A random secret of 256 bits for a cookie or a token. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** SHA-256 (hex): how secrets of sessions are kept, so that a copy of the database opens no session. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares without telling by the time it takes where (or that only the lengths) differ. */
export function equalSecrets(left: string, right: string): boolean {
  return timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());
}
