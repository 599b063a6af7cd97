import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, FrameReader, frameStart } from "./frames.ts";
import type { Frame } from "./frames.ts";

const TOKEN = "0123456789abcdef";
const START = frameStart(TOKEN);

/** What comes out of a reader: texts joined between records. */
function read(bytes: Buffer, cuts: readonly number[]): readonly (string | Frame)[] {
  const out: (string | Frame)[] = [];
  const reader = new FrameReader(TOKEN, {
    text: (text) => {
      const last = out.at(-1);
      if (typeof last === "string") out[out.length - 1] = last + text.toString("latin1");
      else out.push(text.toString("latin1"));
    },
    frame: (frame) => void out.push(frame),
  });
  let from = 0;
  for (const cut of [...cuts].sort((left, right) => left - right)) {
    reader.push(bytes.subarray(from, Math.max(from, cut)));
    from = Math.max(from, cut);
  }
  reader.push(bytes.subarray(from));
  reader.end();
  return out;
}

test("records and text are told apart however the pipe cuts them, NULs and half marks in the text included", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("\0", START.slice(0, 9), `${START.slice(0, -1)}x`, "line\n", "\0\0polyflow:"));
  const frame = fc.oneof(
    fc.record({ kind: fc.constant("stderr" as const), text: fc.string() }),
    fc.record({ kind: fc.constant("end" as const), attemptId: fc.uuid() }),
  );
  const parts = fc.array(fc.oneof(text, frame), { maxLength: 12 });
  fc.assert(
    fc.property(parts, fc.array(fc.nat(600), { maxLength: 12 }), (given, cuts) => {
      const ascii = given.map((part) => (typeof part === "string" ? part.replaceAll(/[^\0-\x7f]/g, "?") : part));
      const bytes = Buffer.from(ascii.map((part) => (typeof part === "string" ? part : encodeFrame(START, part))).join(""));
      const expected: (string | Frame)[] = [];
      for (const part of ascii) {
        const last = expected.at(-1);
        if (typeof part !== "string") expected.push(part);
        else if (part !== "" && typeof last === "string") expected[expected.length - 1] = last + part;
        else if (part !== "") expected.push(part);
      }
      expect(read(bytes, cuts)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("a record that another program's output has torn apart is text, and what follows is read again", () => {
  const torn = `${START}{"kind":"lo\nmore\n${encodeFrame(START, { kind: "end", attemptId: "a" })}`;
  expect(read(Buffer.from(torn), [])).toEqual([`${START}{"kind":"lomore\n`, { kind: "end", attemptId: "a" }]);
});

test("another token's records are text", () => {
  const foreign = encodeFrame(frameStart("ffffffffffffffff"), { kind: "end", attemptId: "a" });
  expect(read(Buffer.from(foreign), [])).toEqual([foreign]);
});
