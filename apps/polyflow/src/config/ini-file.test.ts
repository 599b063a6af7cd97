import { expect, test } from "vitest";
import { parseIni } from "./ini-file.ts";

function values(text: string): Record<string, Record<string, string>> {
  return Object.fromEntries(
    [...parseIni(text, "polyflow.cfg")].map(([section, found]) => [
      section,
      Object.fromEntries([...found].map(([key, { value }]) => [key, value])),
    ]),
  );
}

test("E4: a value keeps # and ;, so that passwords and addresses stay whole", () => {
  expect(values("[database]\nsql_alchemy_conn = postgresql://u:a#b;c@h/db ; not a comment\n")).toEqual({
    database: { sql_alchemy_conn: "postgresql://u:a#b;c@h/db ; not a comment" },
  });
});

test("E4: comments, blank lines, capitals, a byte order mark and both signs are read as ConfigParser does", () => {
  expect(values("\uFEFF# head\r\n[Core]\r\n\r\n  ; note\r\nParallelism: 8\r\nempty =\r\n")).toEqual({
    core: { parallelism: "8", empty: "" },
  });
});

test("E4: an indented line goes on with the value above", () => {
  expect(values("[core]\nprojects = a,\n  b\n\n  c\nparallelism = 2")).toEqual({ core: { projects: "a,\nb\nc", parallelism: "2" } });
});

test("E4: %% is a per cent sign, %(key)s the value of another key, [DEFAULT] holds for all sections", () => {
  expect(values("[DEFAULT]\nbase = /srv\n[core]\nprojects = %(base)s/a%%20b")).toEqual({ core: { base: "/srv", projects: "/srv/a%20b" } });
});

test.each([
  ["parallelism = 1", "polyflow.cfg:1: "],
  ["[core]\nparallelism", "polyflow.cfg:2: "],
  ["[core]\na = 1\na = 2", "polyflow.cfg:3: "],
  ["[core]\npassword = 100%", "polyflow.cfg:2: "],
  ["[core]\na = %(b)s\nb = %(a)s", "or to itself"],
])("E4: %j is refused with file and line", (text, place) => {
  expect(() => parseIni(text, "polyflow.cfg")).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(place) }),
  );
});
