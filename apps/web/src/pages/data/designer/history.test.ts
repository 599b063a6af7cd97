import { describe, expect, test } from "vitest";
import { beginHistory, changed, redone, undone } from "./history.ts";

describe("B10: undo in the layout designer", () => {
  test("letters of one text are one step; another change ends it; a new change forgets what was undone", () => {
    let history = beginHistory("");
    for (const text of ["a", "ab", "abc"]) history = changed(history, text, "name");
    history = changed(history, "abc!", "title");
    expect(undone(history).now).toBe("abc");
    expect(undone(undone(history)).now).toBe("");
    expect(redone(undone(history)).now).toBe("abc!");
    expect(redone(changed(undone(history), "x")).now).toBe("x");
    expect(undone(beginHistory("only")).now).toBe("only");
  });
});
