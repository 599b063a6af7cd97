import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { type BulkSession, PolyflowError, type TextRecord } from "@polyflow/contracts";

/** True where Python has chdb, a ClickHouse in its process. */
export const hasChdb = spawnSync("python3", ["-c", "import chdb"]).status === 0;

/** Runs one statement a line, and answers its rows, or the error. */
const SERVER = `
import json, sys
from chdb import session
clickhouse = session.Session()
for line in sys.stdin:
    try:
        answer = {"rows": clickhouse.query(json.loads(line), "JSONCompactStringsEachRowWithNames").data()}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
`;
/** How ClickHouse writes NULL where all values are texts. */
const NULL = "ᴺᵁᴸᴸ";

/** A real ClickHouse behind the session that loads speak through; it takes one statement at a time. */
export class ChdbServer {
  readonly #process: ChildProcess = spawn("python3", ["-c", SERVER], { stdio: ["pipe", "pipe", "inherit"] });
  readonly #waiting: ((line: string) => void)[] = [];
  /** Statements, in their order. */
  readonly said: string[] = [];

  constructor() {
    if (this.#process.stdout === null) throw new Error("no output");
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#waiting.shift()?.(line));
  }

  async ask(statement: string): Promise<readonly { readonly [column: string]: string | null }[]> {
    this.said.push(statement);
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify(statement)}\n`);
    });
    const { rows = "", error } = JSON.parse(line) as { readonly rows?: string; readonly error?: string };
    if (error !== undefined) throw new Error(`${error}; the statement: ${statement.slice(0, 500)}`);
    const [names = [], ...records] = rows
      .split("\n")
      .filter((text) => text !== "")
      .map((text) => JSON.parse(text) as string[]);
    return records.map((record) =>
      Object.fromEntries(names.map((name, index) => [name, record[index] === NULL ? null : (record[index] ?? null)])),
    );
  }

  /** @param refuse statements that contain it fail, as on a server that goes away */
  session(refuse?: string): BulkSession {
    const ask = (statement: string): ReturnType<ChdbServer["ask"]> =>
      refuse !== undefined && statement.includes(refuse)
        ? Promise.reject(new PolyflowError("database_unavailable", "the server has gone away"))
        : this.ask(statement);
    return {
      database: "clickhouse",
      execute: async (statement) => {
        await ask(statement);
        return 0;
      },
      query: ask,
      insert: async (table, columns, records) => {
        const rows: TextRecord[] = [];
        for await (const record of records) rows.push(record);
        const cells = (record: TextRecord): string => record.map((cell) => (cell === null ? "null" : JSON.stringify(cell))).join(", ");
        if (rows.length > 0)
          await ask(
            `insert into ${table} (${columns.join(", ")}) format JSONCompactEachRow ${rows.map((row) => `[${cells(row)}]`).join("\n")}`,
          );
        return rows.length;
      },
      close: () => Promise.resolve(),
    };
  }

  end(): void {
    this.#process.stdin?.end();
  }
}
