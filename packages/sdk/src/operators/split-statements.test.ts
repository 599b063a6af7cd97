import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitStatements } from "./split-statements.ts";

describe("A4: the statements of an SQL script", () => {
  test.each([
    ["two, the last with and without a semicolon", "a; b;", ["a", "b"]],
    ["without one", "a", ["a"]],
    ["nothing", " ;; \n ; -- only this\n /* and this; */", []],
    ["texts and names", `select ';', 'it''s;' as "a;""b", \`c;\`; x`, [`select ';', 'it''s;' as "a;""b", \`c;\``, "x"]],
    ["comments", "a -- no; end\n, b; /* x; /* y; */ z; */ c", ["a -- no; end\n, b", "/* x; /* y; */ z; */ c"]],
    ["dollar quotes", "create function f() as $body$ begin; '$$;' end; $body$; do $$ a; $$; b", undefined],
    ["parameters are no quotes", "select $1; select $2", ["select $1", "select $2"]],
    ["a dollar within a name", "select a$b$ ; select c$b$", ["select a$b$", "select c$b$"]],
    ["minus and division", "select 1 - 1 / 2; b", ["select 1 - 1 / 2", "b"]],
  ])("%s", (_name, script, statements) => {
    expect(splitStatements(script)).toEqual(statements ?? ["create function f() as $body$ begin; '$$;' end; $body$", "do $$ a; $$", "b"]);
  });

  test.each([
    ["a;\nselect 'x", "'", 2],
    ['"', '"', 1],
    ["a\n\n/* b", "/*", 3],
    ["do $x$ a; $y$", "$x$", 1],
  ])("what does not end is named with its line: %j", (script, what, line) => {
    expect(() => splitStatements(script)).toThrow(`what begins with ${what} in line ${line} does not end`);
  });

  test("statements put together with semicolons come apart as they were", () => {
    const part = fc.constantFrom("select 1", "';'", '"x;y"', "$$ ; $$", "/* ; */ a", "b -- ;\n c", "$q$ ' $q$", "1 - 2");
    fc.assert(
      fc.property(fc.array(fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(" "))), (statements) => {
        expect(splitStatements(statements.join(" ;\n"))).toEqual(statements);
      }),
    );
  });
});
