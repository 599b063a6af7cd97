import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChangeCoalescer } from "./change-coalescer.ts";

const run = (dagId: string) => ({ kind: "run", dagId, runId: "r", runKey: "k", state: "running" }) as const;

describe("live updates without a storm", () => {
  let client: QueryClient;
  let coalescer: ChangeCoalescer;
  const asked: string[] = [];

  /** A query that somebody looks at; its answers are counted. */
  async function watch(queryKey: readonly unknown[], answer: unknown = {}): Promise<void> {
    const observer = new QueryObserver(client, {
      queryKey,
      queryFn: () => {
        asked.push(queryKey.join("/"));
        return answer;
      },
    });
    observer.subscribe(() => {});
    await vi.advanceTimersByTimeAsync(1);
  }

  beforeEach(() => {
    vi.useFakeTimers();
    client = new QueryClient();
    coalescer = new ChangeCoalescer(client);
    asked.length = 0;
  });
  afterEach(() => {
    coalescer.stop();
    client.clear();
    vi.useRealTimers();
  });

  it("answers a burst with one refetch, of the queries concerned alone", async () => {
    await watch(["run", "a", "r"]);
    await watch(["run", "b", "r"]);
    asked.length = 0;
    for (let index = 0; index < 500; index++) coalescer.add(run("a"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual(["run/a/r"]);
  });

  it("leaves pages of the list alone that do not show the process", async () => {
    await watch(["dags", "page0"], { dags: [{ dag_id: "a" }] });
    await watch(["dags", "page1"], { dags: [{ dag_id: "b" }] });
    asked.length = 0;
    coalescer.add(run("b"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual(["dags/page1"]);
  });

  it("asks once more after a fetch that was under way, whose answer may be older than the change", async () => {
    let finish = () => {};
    let fetches = 0;
    const observer = new QueryObserver(client, {
      queryKey: ["dag", "a"],
      queryFn: () =>
        new Promise((resolve) => {
          fetches++;
          finish = () => resolve({});
        }),
    });
    observer.subscribe(() => {});
    coalescer.add(run("a"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(fetches).toBe(1);
    finish();
    await vi.advanceTimersByTimeAsync(500);
    expect(fetches).toBe(2);
  });

  it("looks at everything after a resync, except at who is signed in", async () => {
    await watch(["session"]);
    await watch(["loads", "a", "r"]);
    asked.length = 0;
    coalescer.add({ kind: "resync" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual(["loads/a/r"]);
  });
});
