import { createHmac } from "node:crypto";
import type { Clock } from "@polyflow/service-kit";
import type { IdentityStore } from "@polyflow/store";
import type { Caller, Credential } from "./caller.ts";
import { Rights } from "./rights.ts";
import { equalSecrets, newSecret, sha256Hex } from "./secret-text.ts";

/** Sessions of users: opaque secrets, kept as hashes in the store, so that ending one ends it everywhere at once. */
export class Sessions {
  readonly #identity: IdentityStore;
  readonly #clock: Clock;
  readonly #signingKey: Uint8Array;
  readonly #ttlMs: number;
  readonly #closedListeners = new Set<(tokenHash: string) => void>();

  constructor(options: { identity: IdentityStore; clock: Clock; signingKey: Uint8Array; ttlMs: number }) {
    this.#identity = options.identity;
    this.#clock = options.clock;
    this.#signingKey = options.signingKey;
    this.#ttlMs = options.ttlMs;
  }

  get ttlMs(): number {
    return this.#ttlMs;
  }

  /** Opens a session; the secret is given out once and never kept. */
  async open(userId: number, kind: Credential["kind"]): Promise<{ readonly secret: string; readonly credential: Credential }> {
    const secret = newSecret();
    const credential = { kind, tokenHash: sha256Hex(secret) };
    await this.#identity.createSession({
      tokenHash: credential.tokenHash,
      userId,
      kind,
      expiresAt: new Date(this.#clock.now() + this.#ttlMs),
    });
    return { secret, credential };
  }

  /** The caller behind a secret; undefined when the session has ended, or the user is no longer active, or the secret is of the other kind. */
  find(secret: string, kind: Credential["kind"]): Promise<Caller | undefined> {
    return this.revalidate({ kind, tokenHash: sha256Hex(secret) });
  }

  /** The same caller with the rights of now. */
  async revalidate(credential: Credential): Promise<Caller | undefined> {
    const session = await this.#identity.findSession(credential.tokenHash);
    // A cookie's secret is no bearer token and the other way round: CSRF protection hangs on the kind.
    if (session === undefined || session.kind !== credential.kind) return undefined;
    return { principal: session.principal, rights: Rights.of(session.principal.permissions), credential };
  }

  async nobody(): Promise<Caller> {
    const principal = await this.#identity.getPublicPrincipal();
    return { principal, rights: Rights.of(principal.permissions), credential: undefined };
  }

  async close(tokenHash: string): Promise<void> {
    await this.#identity.deleteSession(tokenHash);
    for (const listener of this.#closedListeners) listener(tokenHash);
  }

  /** Hears of sessions that are closed through this server, so that what streams under them can end. @returns unsubscribe. */
  onClosed(listener: (tokenHash: string) => void): () => void {
    this.#closedListeners.add(listener);
    return () => this.#closedListeners.delete(listener);
  }

  /** The value that mutating calls of a cookie session carry in `X-CSRF-Token`; follows from the session, so that nothing is stored. */
  csrfToken(credential: Credential): string {
    return createHmac("sha256", this.#signingKey).update(`csrf:${credential.tokenHash}`).digest("base64url");
  }

  isCsrfToken(credential: Credential, token: string): boolean {
    return equalSecrets(this.csrfToken(credential), token);
  }
}
