import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Clock } from "@polyflow/service-kit";

export type ExecutionTokenKind = "session" | "attempt";

/** The only JOSE header that is made or taken, so that a token cannot choose its algorithm. */
const HEADER = Buffer.from(JSON.stringify({ alg: "HS256", typ: "JWT" })).toString("base64url");

interface Claims {
  readonly kind: ExecutionTokenKind;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly exp: number;
}

const MOST_KNOWN = 5_000;

/**
 * Signed tokens of workers and attempts: compact JWTs (HS256) with `kind`, `sub` (the session or attempt) and `exp`.
 * They only say who speaks; whether the session or attempt is still current is asked of the database at each write.
 *
 * Made with `node:crypto` directly: a signature costs 5 µs here and about 150 µs through WebCrypto, and each task needs several.
 */
export class ExecutionTokens {
  readonly #key: KeyObject;
  readonly #clock: Clock;
  /** Claims of tokens that were made or checked here: each attempt shows its own several times. */
  readonly #known = new Map<string, Claims>();

  constructor(key: Uint8Array, clock: Clock) {
    this.#key = createSecretKey(key);
    this.#clock = clock;
  }

  sign(kind: ExecutionTokenKind, subject: string, ttlMs: number): string {
    const content: Claims = { kind, sub: subject, exp: Math.ceil((this.#clock.now() + ttlMs) / 1000) };
    const claims = Buffer.from(JSON.stringify(content)).toString("base64url");
    const token = `${HEADER}.${claims}.${this.#signature(claims)}`;
    this.#remember(token, content);
    return token;
  }

  /** The subject of a token of this kind that we signed and that has not expired; undefined otherwise. */
  verify(kind: ExecutionTokenKind, token: string): string | undefined {
    const claims = this.#known.get(token) ?? this.#check(token);
    return claims !== undefined && claims.kind === kind && claims.exp * 1000 > this.#clock.now() ? claims.sub : undefined;
  }

  /** What the token says, if we signed it. */
  #check(token: string): Claims | undefined {
    const [header, claims, signature, ...rest] = token.split(".");
    if (header !== HEADER || claims === undefined || signature === undefined || rest.length > 0) return undefined;
    if (!isSame(signature, this.#signature(claims))) return undefined;
    const content: unknown = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    if (typeof content !== "object" || content === null) return undefined;
    if (!("kind" in content) || (content.kind !== "session" && content.kind !== "attempt")) return undefined;
    if (!("exp" in content) || typeof content.exp !== "number" || !("sub" in content) || typeof content.sub !== "string") return undefined;
    const known: Claims = { kind: content.kind, sub: content.sub, exp: content.exp };
    this.#remember(token, known);
    return known;
  }

  #remember(token: string, claims: Claims): void {
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(token, claims);
  }

  #signature(claims: string): string {
    return createHmac("sha256", this.#key).update(`${HEADER}.${claims}`).digest("base64url");
  }
}

/** In constant time; that signatures have one length is no secret. */
function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
