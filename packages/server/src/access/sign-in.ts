import { PolyflowError } from "@polyflow/contracts";
import type { Clock } from "@polyflow/service-kit";
import type { IdentityStore } from "@polyflow/store";
import type { FastifyRequest } from "fastify";
import type { Caller, Credential } from "./caller.ts";
import { FailedSignIns } from "./failed-sign-ins.ts";
import { LONGEST_PASSWORD, verifyPassword } from "./passwords.ts";
import { Rights } from "./rights.ts";
import type { Sessions } from "./sessions.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Asks a rate limit about a request. */
export type RateLimit = (request: FastifyRequest) => Promise<{ readonly isAllowed: boolean; readonly retryAfterSeconds: number }>;

export interface SignInOptions {
  readonly identity: IdentityStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** One of account and address together, one of the address alone. */
  readonly limits: readonly RateLimit[];
}

/** Checks passwords and opens sessions. An unknown user, a wrong password and an inactive user get the same answer after the same time. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #failures: FailedSignIns;

  constructor(options: SignInOptions) {
    this.#options = options;
    this.#failures = new FailedSignIns(options.clock);
  }

  /** @throws PolyflowError `credentials_wrong`, `too_many_requests` */
  async signIn(
    request: FastifyRequest,
    credentials: Credentials,
    kind: Credential["kind"],
  ): Promise<{ readonly secret: string; readonly caller: Caller }> {
    request.claimedUsername = credentials.username;
    for (const limit of this.#options.limits) await checkLimit(limit, request);
    const userId = await this.#check(credentials);
    const principal = userId === undefined ? undefined : await this.#options.identity.getPrincipal(userId);
    if (principal === undefined) return this.#refuse(request, credentials.username);
    this.#failures.forgive(request.ip, credentials.username);
    await this.#options.identity.recordLogin(principal.userId, true);
    const { secret, credential } = await this.#options.sessions.open(principal.userId, kind);
    return { secret, caller: { principal, rights: new Rights(principal.permissions), credential } };
  }

  /** The user's id when user and password belong together. */
  async #check({ username, password }: Credentials): Promise<number | undefined> {
    const [user, passwordHash] = await Promise.all([
      this.#options.identity.findUser(username),
      this.#options.identity.getPasswordHash(username),
    ]);
    const isRight = password.length <= LONGEST_PASSWORD && (await verifyPassword(passwordHash, password));
    if (user !== undefined && !isRight) await this.#options.identity.recordLogin(user.userId, false);
    return isRight && user?.isActive === true ? user.userId : undefined;
  }

  async #refuse(request: FastifyRequest, username: string): Promise<never> {
    const delayMs = this.#failures.record(request.ip, username);
    await new Promise<void>((resolve) => this.#options.clock.schedule(delayMs, resolve));
    throw new PolyflowError("credentials_wrong", "User name or password is wrong.");
  }
}

async function checkLimit(limit: RateLimit, request: FastifyRequest): Promise<void> {
  const { isAllowed, retryAfterSeconds } = await limit(request);
  if (isAllowed) return;
  throw new PolyflowError("too_many_requests", `Too many attempts to sign in. Try again in ${retryAfterSeconds} s.`, {
    details: { retryAfterSeconds },
  });
}
