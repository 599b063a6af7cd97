import { appendFile, mkdir, mkdtemp, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { LogLine } from "@polyflow/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attemptLogPath } from "./attempt-log-path.ts";
import { LogStore } from "./log-store.ts";
import { QUIET_LOGS_FILE } from "./quiet-logs.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "polyflow-logs-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let attempts = 0;
function newLocation() {
  attempts += 1;
  return { dagId: "d", runId: `r${attempts}`, taskId: "t", mapIndex: -1, tryNumber: 1 };
}

function line(message: string): LogLine {
  return { at: "2026-01-01T00:00:00.000Z", level: "info", source: "task", message };
}

const lines = (from: number, to: number): LogLine[] => Array.from({ length: to - from }, (_, index) => line(`line ${from + index}`));

describe("logs of attempts", () => {
  test("an attempt that has written nothing has an empty log", async () => {
    expect(await new LogStore(directory).read(newLocation(), 0)).toEqual({ lines: [], next: 0, more: false });
  });

  test("B11: go with their run, and with no other; the run may write again", async () => {
    const location = newLocation();
    const other = { ...location, runId: `${location.runId}_other` };
    const store = new LogStore(directory);
    for (const place of [location, other]) await store.append(place, lines(0, 2));
    await store.deleteRun(location.dagId, location.runId);
    await store.deleteRun(location.dagId, location.runId);
    expect((await new LogStore(directory).read(location, 0)).lines).toEqual([]);
    expect((await new LogStore(directory).read(other, 0)).lines).toHaveLength(2);
    await store.append(location, lines(0, 1));
    expect((await new LogStore(directory).read(location, 0)).lines).toHaveLength(1);
  });

  test("are read in pages by line, from the start and from the middle, also by another process", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, lines(0, 2500));
    const limits = { maxLines: 1000, maxBytes: 1e9 };
    for (const reader of [store, new LogStore(directory)]) {
      const read: string[] = [];
      for (let next = 0, more = true; more; ) {
        const page = await reader.read(location, next, limits);
        read.push(...page.lines.map((found) => found.message));
        ({ next, more } = page);
      }
      expect(read).toEqual(lines(0, 2500).map((expected) => expected.message));
    }
    const middle = await new LogStore(directory).read(location, 1777, { maxLines: 2, maxBytes: 1e9 });
    expect([middle.lines.map((found) => found.message), middle.next]).toEqual([["line 1777", "line 1778"], 1779]);
    expect(await store.read(location, 9999)).toEqual({ lines: [], next: 9999, more: false });
  });

  test("a page ends at its size in bytes as well, but never without a line", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, [line("x".repeat(5000)), line("y".repeat(5000))]);
    const page = await store.read(location, 0, { maxLines: 100, maxBytes: 10 });
    expect([page.lines.length, page.next, page.more]).toEqual([1, 1, true]);
  });

  test("what is appended at once by many arrives whole and in the order of each", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await Promise.all(Array.from({ length: 50 }, (_, batch) => store.append(location, lines(batch * 10, batch * 10 + 10))));
    const page = await store.read(location, 0);
    expect(page.lines.map((found) => found.message)).toEqual(lines(0, 500).map((expected) => expected.message));
  });

  test("messages with newlines stay one line of the file", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, [line("one\ntwo\u2028three"), line("four")]);
    expect((await store.read(location, 0)).lines.map((found) => found.message)).toEqual(["one\ntwo\u2028three", "four"]);
  });

  test("a line torn by a crash is shown and does not spoil the next one", async () => {
    const location = newLocation();
    await new LogStore(directory).append(location, [line("before")]);
    await appendFile(join(directory, attemptLogPath(location)), '{"at":"2026');
    const store = new LogStore(directory);
    expect((await store.read(location, 0)).lines).toHaveLength(1);
    await store.append(location, [line("after")]);
    const { lines: found } = await store.read(location, 0);
    expect(found.map((shown) => shown.message)).toEqual(["before", '(torn line) {"at":"2026', "after"]);
  });

  test("a line that is being written is left for the next page", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, [line("whole")]);
    await appendFile(join(directory, attemptLogPath(location)), JSON.stringify(line("half")));
    const page = await store.read(location, 0);
    expect([page.lines.length, page.next]).toEqual([1, 1]);
    await appendFile(join(directory, attemptLogPath(location)), "\n");
    expect((await store.read(location, page.next)).lines.map((found) => found.message)).toEqual(["half"]);
  });

  test("a log that was replaced by a shorter one is read anew", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, lines(0, 100));
    await store.read(location, 0);
    await rm(join(directory, attemptLogPath(location)));
    await store.append(location, lines(0, 3));
    expect((await store.read(location, 1)).lines.map((found) => found.message)).toEqual(["line 1", "line 2"]);
  });

  test("readers in the process hear of each append until they leave", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    let heard = 0;
    const leave = store.subscribe(location, () => {
      heard += 1;
    });
    await store.append(location, [line("a")]);
    await store.append(newLocation(), [line("elsewhere")]);
    leave();
    await store.append(location, [line("b")]);
    expect(heard).toBe(1);
  });

  test("files are not for everybody (CVE-2022-38170), and links are not followed (CVE-2026-40861)", async () => {
    const [location, linked] = [newLocation(), newLocation()];
    const store = new LogStore(directory);
    await store.append(location, [line("a")]);
    expect((await stat(join(directory, attemptLogPath(location)))).mode & 0o027).toBe(0);
    const path = join(directory, attemptLogPath(linked));
    await mkdir(dirname(path), { recursive: true });
    await symlink("/etc/hostname", path);
    await expect(store.read(linked, 0)).rejects.toThrow(/ELOOP/);
    await expect(store.append(linked, [line("x")])).rejects.toThrow(/ELOOP/);
    expect(await readFile("/etc/hostname", "utf8")).not.toContain("message");
  });

  test("are counted without being read again from the beginning, also while they grow", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    expect(await store.countLines(location)).toBe(0);
    await store.append(location, lines(0, 2345));
    expect(await store.countLines(location)).toBe(2345);
    await store.append(location, lines(2345, 2400));
    expect(await store.countLines(location)).toBe(2400);
    await appendFile(join(directory, attemptLogPath(location)), '{"at":"20');
    expect(await store.countLines(location)).toBe(2400);
    expect((await store.read(location, 2398)).lines.map((found) => found.message)).toEqual(["line 2398", "line 2399"]);
  });
});

describe("logs of attempts that print nothing (B2, B3)", () => {
  const said = (message: string): LogLine => ({ ...line(message), source: "system" });
  const messagesOf = async (store: LogStore, location: ReturnType<typeof newLocation>) =>
    (await store.read(location, 0)).lines.map((found) => found.message);
  const there = (path: string) =>
    stat(join(directory, path)).then(
      () => true,
      () => false,
    );

  test("stand in one file of their run until they are read, by this process or another; folders of tasks are not made", async () => {
    const first = newLocation();
    const second = { ...first, taskId: "other" };
    const store = new LogStore(directory);
    await Promise.all([store.append(first, [said("first started")]), store.append(second, [said("second started")])]);
    await store.append(first, [said("first succeeded")]);
    expect([await there(attemptLogPath(first)), await there(attemptLogPath(second))]).toEqual([false, false]);
    expect(await messagesOf(store, first)).toEqual(["first started", "first succeeded"]);
    expect(await there(attemptLogPath(first))).toBe(true);
    await store.append(first, [said("late")]);
    expect(await messagesOf(new LogStore(directory), first)).toEqual(["first started", "first succeeded", "late"]);
    expect(await new LogStore(directory).countLines(second)).toBe(1);
    await store.deleteRun(first.dagId, first.runId);
    expect(await messagesOf(store, { ...first, taskId: "third" })).toEqual([]);
    expect(await messagesOf(store, second)).toEqual([]);
  });

  test("what is gathered for its file is there for whoever reads, and goes with its run", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    const appended = store.append(location, [said("started")]);
    expect(await messagesOf(store, location)).toEqual(["started"]);
    await appended;
    const gone = newLocation();
    const late = store.append(gone, [said("started")]);
    await store.deleteRun(gone.dagId, gone.runId);
    await late;
    expect(await there(`dag_id=d/run_id=${gone.runId}`)).toBe(false);
  });

  test("get a file of their own with all they have when they print, also after a restart and all at once", async () => {
    const location = newLocation();
    await new LogStore(directory).append(location, [said("started")]);
    const store = new LogStore(directory);
    await Promise.all([
      store.append(location, [line("one")]),
      store.append(location, [said("two")]),
      store.append(location, [line("three")]),
    ]);
    expect(await messagesOf(store, location)).toEqual(["started", "one", "two", "three"]);
    const busy = newLocation();
    await Promise.all([
      store.append(busy, [said("started")]),
      store.append(busy, [line("one")]),
      messagesOf(store, busy),
      store.append(busy, [said("ended")]),
    ]);
    expect(await messagesOf(new LogStore(directory), busy)).toEqual(["started", "one", "ended"]);
  });

  test("survive a torn line in the file of the run, are not for everybody, and follow no links", async () => {
    const location = newLocation();
    const folder = dirname(dirname(join(directory, attemptLogPath(location))));
    await new LogStore(directory).append(location, [said("before")]);
    expect((await stat(join(folder, QUIET_LOGS_FILE))).mode & 0o027).toBe(0);
    await appendFile(join(folder, QUIET_LOGS_FILE), '["task_id=t/attempt=1.nd');
    await new LogStore(directory).append(location, [said("after")]);
    expect(await messagesOf(new LogStore(directory), location)).toEqual(["before", "after"]);
    expect((await stat(join(directory, attemptLogPath(location)))).mode & 0o027).toBe(0);
    const linked = newLocation();
    const linkedFolder = dirname(dirname(join(directory, attemptLogPath(linked))));
    await mkdir(linkedFolder, { recursive: true });
    await symlink("/etc/hostname", join(linkedFolder, QUIET_LOGS_FILE));
    await expect(new LogStore(directory).append(linked, [said("x")])).rejects.toThrow(/ELOOP/);
    await expect(new LogStore(directory).read(linked, 0)).rejects.toThrow(/ELOOP/);
  });
});

describe("search of a whole log (C2)", () => {
  const search = { text: "", level: "debug", after: 0, until: Number.MAX_SAFE_INTEGER } as const;

  test("finds text in any case, under colours and behind what JSON escapes, with the numbers of the lines", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, [
      line("one"),
      line('a \u001b[31mRo\u001b[0mw\t"quoted"'),
      line("Строка"),
      { ...line("bad row"), level: "error" },
    ]);
    const numbers = async (text: string) => (await store.search(location, { ...search, text })).found.map(({ number }) => number);
    expect(await numbers("ROW")).toEqual([2, 4]);
    expect(await numbers('"quoted"')).toEqual([2]);
    expect(await numbers("СТРОКА")).toEqual([3]);
    expect(await numbers("[31m")).toEqual([]);
    expect(await numbers("info")).toEqual([]);
    expect((await store.search(location, { ...search, level: "warning" })).found).toMatchObject([{ number: 4, line: { level: "error" } }]);
    expect(await store.search(location, { ...search, text: "row", until: 3 })).toMatchObject({
      found: [{ number: 2 }],
      next: 3,
      done: true,
    });
    expect(await store.search(newLocation(), { ...search, text: "row" })).toEqual({ found: [], next: 0, done: true });
  });

  test("goes on where it stopped, until everything was looked at", async () => {
    const location = newLocation();
    const store = new LogStore(directory);
    await store.append(location, lines(0, 2500));
    const found: number[] = [];
    let rounds = 0;
    for (let [after, isDone] = [0, false]; !isDone; rounds += 1) {
      const page = await store.search(location, { ...search, text: "line", after });
      found.push(...page.found.map(({ number }) => number));
      [after, isDone] = [page.next, page.done];
    }
    expect(rounds).toBe(3);
    expect(found).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
  });
});
