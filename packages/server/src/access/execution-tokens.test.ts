import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { ExecutionTokens } from "./execution-tokens.ts";

const key = Buffer.alloc(32, 7);
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("tokens of workers and attempts (G3)", () => {
  test("a token gives its subject until it expires", () => {
    const clock = new ManualClock();
    const tokens = new ExecutionTokens(key, clock);
    const token = tokens.sign("attempt", "a-1", 60_000);
    expect(tokens.verify("attempt", token)).toBe("a-1");
    clock.advance(59_000);
    expect(tokens.verify("attempt", token)).toBe("a-1");
    clock.advance(2000);
    expect(tokens.verify("attempt", token)).toBeUndefined();
  });

  test("a session's token is none of an attempt, and the other way round", () => {
    const tokens = new ExecutionTokens(key, new ManualClock());
    expect(tokens.verify("attempt", tokens.sign("session", "x", 60_000))).toBeUndefined();
    expect(tokens.verify("session", tokens.sign("attempt", "x", 60_000))).toBeUndefined();
  });

  test("forged tokens are refused: other key, altered claims, other or no algorithm, extra or missing parts", () => {
    const clock = new ManualClock();
    const tokens = new ExecutionTokens(key, clock);
    const [header = "", claims = "", signature = ""] = tokens.sign("attempt", "a-1", 60_000).split(".");
    const altered = encode({ kind: "attempt", sub: "a-2", exp: clock.now() });
    const none = encode({ alg: "none", typ: "JWT" });
    const hs512 = encode({ alg: "HS512", typ: "JWT" });
    const forged = [
      new ExecutionTokens(Buffer.alloc(32, 8), clock).sign("attempt", "a-1", 60_000),
      `${header}.${altered}.${signature}`,
      `${none}.${claims}.`,
      `${none}.${claims}.${signature}`,
      `${hs512}.${claims}.${createHmac("sha512", key).update(`${hs512}.${claims}`).digest("base64url")}`,
      `${header}.${claims}.${signature}.${signature}`,
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}.${claims}.${signature.slice(0, -1)}ц`,
      "",
      "...",
    ];
    for (const token of forged) expect(tokens.verify("attempt", token), token).toBeUndefined();
  });
});
