import { expect, test } from "vitest";
import { Fernet, generateFernetKey } from "./fernet.ts";

// https://github.com/fernet/spec: generate.json, verify.json
const KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const TOKEN = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
const NOW = Date.parse("1985-10-26T01:20:00-07:00");

test("makes the token of the Fernet specification byte for byte (D4)", () => {
  const fernet = new Fernet([KEY], { now: () => NOW, initialisationVector: () => Buffer.from([...Array(16).keys()]) });
  expect(fernet.encrypt("hello")).toBe(TOKEN);
});

test("reads the token of the Fernet specification (D4)", () => {
  expect(new Fernet([KEY], { now: Date.now }).decrypt(TOKEN)).toBe("hello");
});

test("after a rotation the new key encrypts and the old one still decrypts (D4)", () => {
  const [oldKey, newKey] = [generateFernetKey(), generateFernetKey()];
  const former = new Fernet([oldKey], { now: Date.now }).encrypt("пароль");
  const rotated = new Fernet([newKey, oldKey], { now: Date.now });
  expect(rotated.decrypt(former)).toBe("пароль");
  expect(new Fernet([newKey], { now: Date.now }).decrypt(rotated.encrypt("пароль"))).toBe("пароль");
  expect(() => new Fernet([oldKey], { now: Date.now }).decrypt(rotated.encrypt("x"))).toThrow(/cannot be decrypted/);
});

test.each([
  ["a changed byte", `${TOKEN.slice(0, 60)}A${TOKEN.slice(61)}`],
  ["another version", `hA${TOKEN.slice(2)}`],
  ["a cut token", TOKEN.slice(0, -30)],
  ["no token at all", "clear text"],
  ["nothing", ""],
])("refuses %s", (_what, token) => {
  expect(() => new Fernet([KEY], { now: Date.now }).decrypt(token)).toThrow(expect.objectContaining({ code: "secret_undecipherable" }));
});

test("two tokens of one value differ, so equal secrets do not show", () => {
  const fernet = new Fernet([KEY], { now: () => NOW });
  expect(fernet.encrypt("same")).not.toBe(fernet.encrypt("same"));
});

test.each([[[]], [["short"]]])("refuses the keys %j", (keys) => {
  expect(() => new Fernet(keys, { now: Date.now })).toThrow(expect.objectContaining({ code: "config_invalid" }));
});
