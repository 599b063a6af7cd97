import type { ConnectionSecret } from "@polyflow/contracts/wire";
import { expect, test } from "vitest";
import { secretsOfConnection, SecretMask } from "./secret-mask.ts";

function maskOf(connection: Partial<ConnectionSecret>): SecretMask {
  const mask = new SecretMask();
  const nothing = { connectionId: "c", type: "http", host: null, port: null, login: null, password: null, schema: null, extra: {} };
  mask.add(secretsOfConnection({ ...nothing, ...connection }));
  return mask;
}

test("D4: a secret is masked as it is, as it stands in an address, and as it stands in JSON", () => {
  const mask = maskOf({ password: 'a "b"/c' });
  expect(mask.apply(`x a "b"/c y`)).toBe("x *** y");
  expect(mask.apply(`https://u:${encodeURIComponent('a "b"/c')}@h`)).toBe("https://u:***@h");
  expect(mask.apply(JSON.stringify({ p: 'a "b"/c' }))).toBe('{"p":"***"}');
});

test("every line of a key is masked on its own", () => {
  const mask = maskOf({ extra: { private_key: "-----BEGIN KEY-----\nMIIabc\n-----END KEY-----" } });
  expect(mask.apply("got MIIabc")).toBe("got ***");
});

test("of two secrets, one inside the other, the longer one is replaced as a whole", () => {
  const mask = maskOf({ password: "secret", extra: { token: "secret-of-more" } });
  expect(mask.apply("secret-of-more secret")).toBe("*** ***");
});

test("harmless options and words of choice stay readable", () => {
  const mask = maskOf({ extra: { sslmode: "verify-full", region: "eu-central-1", use_ssl: "true", retries: 3, mode: "require" } });
  const line = "verify-full eu-central-1 true 3 require";
  expect(mask.apply(line)).toBe(line);
});

test("values too short to be secrets do not mask half of every line", () => {
  expect(maskOf({ password: "ab" }).apply("abba")).toBe("abba");
});
