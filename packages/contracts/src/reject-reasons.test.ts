import { describe, expect, it } from "vitest";
import { readRejectReason, REJECT_REASONS, rejectReason, rejectReasonIn, type RejectReasonCode } from "./reject-reasons.ts";

const VALUES = {
  example: "2024-12-31",
  values: "Да, Нет",
  type: "numeric(8,2)",
  minimum: "0",
  maximum: "9",
  length: 5,
  pattern: "[A-Z]{3}",
};
const MORE = { column: "AB", found: 3, expected: 4, row: 17, byte: "0x98", bytes: 1000, characters: 4000, problem: "Unexpected token" };
const codes = Object.keys(REJECT_REASONS) as RejectReasonCode[]; // oxlint-disable-line typescript/no-unsafe-type-assertion -- its own keys

describe("B4, E5: reasons of rejects have codes and values, in both languages", () => {
  it.each(codes.filter((code) => code !== "or"))("%s is found again in what is stored, and worded in Russian", (code) => {
    const text = rejectReason(code, { ...VALUES, ...MORE });
    const read = readRejectReason(text);
    expect(read?.code).toBe(code);
    expect(rejectReason(code, read?.values)).toBe(text);
    const russian = rejectReasonIn("ru", text);
    expect(russian).toMatch(/[а-я]/);
    expect(russian).not.toContain("{{");
    for (const value of Object.values(read?.values ?? {})) expect(russian).toContain(value);
    expect(rejectReasonIn("en", text)).toBe(text);
  });

  it("words both halves of an alternative", () => {
    const text = rejectReason("or", { one: rejectReason("not_integer"), other: rejectReason("not_valid_as", { type: "bigint" }) });
    expect(text).toBe("not an integer, or not valid as bigint");
    expect(rejectReasonIn("ru", text)).toBe("не целое число или не годится как bigint");
  });

  it("leaves values alone, whatever they look like", () => {
    const text = rejectReason("not_one_of", { values: "yes, or no" });
    expect(readRejectReason(text)).toEqual({ code: "not_one_of", values: { values: "yes, or no" } });
    expect(rejectReasonIn("ru", rejectReason("no_match", { pattern: "a\nb|$&" }))).toContain("a\nb|$&");
  });

  it("leaves the words of a project's own function as they are", () => {
    expect(rejectReasonIn("ru", "INN does not exist")).toBe("INN does not exist");
  });
});
