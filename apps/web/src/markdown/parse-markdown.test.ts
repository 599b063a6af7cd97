import { describe, expect, it } from "vitest";
import { parseInline, parseMarkdown } from "./parse-markdown.ts";

describe("documentation of processes", () => {
  it("reads headings, lists, code and paragraphs", () => {
    const blocks = parseMarkdown("# Title\nfirst\nline\n\n- one\n- two\n  more\n\n1. a\n\n```sql\nselect *\n```\n> said");
    expect(blocks.map((block) => block.kind)).toEqual(["heading", "paragraph", "list", "list", "code", "quote"]);
    expect(blocks[2]).toMatchObject({ ordered: false, items: [[{ text: "one" }], [{ text: "two more" }]] });
    expect(blocks[4]).toMatchObject({ text: "select *" });
  });

  it("ends a fence that nobody closed at the end of the text", () => {
    expect(parseMarkdown("```\nx\ny")).toEqual([{ kind: "code", text: "x\ny" }]);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "//evil.example", "vbscript:x", "JaVaScRiPt:alert(1)"])(
    "D6: no link to %s",
    (href) => {
      expect(parseInline(`[click](${href})`).some((piece) => piece.kind === "link")).toBe(false);
    },
  );

  it("makes links of web addresses and paths of this site", () => {
    expect(parseInline("see [docs](https://example.org/a) and [run](/dags/a)")).toMatchObject([
      { text: "see " },
      { kind: "link", href: "https://example.org/a" },
      { text: " and " },
      { kind: "link", href: "/dags/a" },
    ]);
  });

  it("D6: HTML stays text", () => {
    expect(parseMarkdown("<img src=x onerror=alert(1)>")).toEqual([
      { kind: "paragraph", content: [{ kind: "text", text: "<img src=x onerror=alert(1)>" }] },
    ]);
  });

  it("leaves snake_case_names alone", () => {
    expect(parseInline("the load_orders_daily task")).toEqual([{ kind: "text", text: "the load_orders_daily task" }]);
  });
});
