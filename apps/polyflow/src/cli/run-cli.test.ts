import { systemClock } from "@polyflow/service-kit";
import { expect, test } from "vitest";
import { POLYFLOW_VERSION } from "../polyflow-version.ts";
import { runCli } from "./run-cli.ts";

async function said(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  let out = "";
  const surroundings = { environment: {}, cwd: "/", clock: systemClock, isTerminal: false, writeError: () => undefined };
  const code = await runCli(args, { ...surroundings, writeOut: (text) => (out += text) });
  return { code, out };
}

test.each([["--version"], ["-V"], ["version"]])("%s prints the version", async (arg) => {
  expect(await said(arg)).toEqual({ code: 0, out: `${POLYFLOW_VERSION}\n` });
});
