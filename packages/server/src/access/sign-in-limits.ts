import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { RateLimit } from "./sign-in.ts";

const WINDOW_MS = 60_000;
/** Attempts in a minute for one account from one address. */
const PER_ACCOUNT = 10;
/** Attempts in a minute from one address: an office behind one address signs in within it, a list of accounts does not. */
const PER_ADDRESS = 60;

/** Limits on signing in, counted in this process. Both count each attempt, the successful ones too. */
export async function signInLimits(app: FastifyInstance): Promise<readonly RateLimit[]> {
  await app.register(rateLimit, { global: false });
  const account = app.createRateLimit({
    max: PER_ACCOUNT,
    timeWindow: WINDOW_MS,
    keyGenerator: (request: FastifyRequest) => JSON.stringify([request.ip, request.claimedUsername]),
  });
  const address = app.createRateLimit({ max: PER_ADDRESS, timeWindow: WINDOW_MS, keyGenerator: (request: FastifyRequest) => request.ip });
  return [account, address].map((limit) => async (request) => {
    const result = await limit(request);
    if (result.isAllowed || !result.isExceeded) return { isAllowed: true, retryAfterSeconds: 0 };
    return { isAllowed: false, retryAfterSeconds: result.ttlInSeconds };
  });
}
