import { describe, expect, test } from "vitest";
import { readRows } from "./read-rows.ts";

/** A list of the numbers from 0 on, and what was asked of it. */
function listOf(total: number) {
  const asked: string[] = [];
  const readPage = ({ limit, offset }: { limit: number; offset: number }) => {
    asked.push(`${limit} from ${offset}`);
    const rows = Array.from({ length: Math.min(limit, total - offset) }, (_, index) => offset + index);
    return Promise.resolve({ rows, total });
  };
  return { asked, readPage };
}

describe("lists of the server", () => {
  test("one longer than a page is read to its end, without a call too many", async () => {
    const { asked, readPage } = listOf(1000);
    expect(await readRows(readPage)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    expect(asked).toEqual(["500 from 0", "500 from 500"]);
  });

  test("no more is read than was asked for", async () => {
    const { asked, readPage } = listOf(1000);
    expect(await readRows(readPage, 510)).toHaveLength(510);
    expect(asked).toEqual(["500 from 0", "10 from 500"]);
  });

  test("rows that vanish meanwhile do not lead to endless asking", async () => {
    expect(await readRows(({ offset }) => Promise.resolve({ rows: offset === 0 ? [1] : [], total: 2 }))).toEqual([1]);
  });
});
