import { Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { type Invocation, Invocation as InvocationClass, type Surroundings } from "./invocation.ts";
import { OUTPUT_FORMATS } from "./output.ts";

/** What a command does; its exit code, success when nothing is returned. */
export type Action = (invocation: Invocation, ...args: string[]) => Promise<number | undefined>;

/** Joins commands to what they do, and keeps the exit code. */
export interface CommandHost {
  readonly surroundings: Surroundings;
  exitCode: number;
}

export function group(name: string, description: string): Command {
  return new Command(name).description(description);
}

/** Adds what the command does. */
export function does(host: CommandHost, command: Command, action: Action): Command {
  return command.action(async (...args: unknown[]) => {
    const positionals = args
      .filter((arg) => typeof arg === "string" || arg === undefined)
      .map((arg) => (arg === undefined ? "" : String(arg)));
    host.exitCode = (await action(new InvocationClass(host.surroundings, command), ...positionals)) ?? 0;
  });
}

export function withOutput(command: Command): Command {
  return command.addOption(new Option("-o, --output <format>", "form of the output").choices(OUTPUT_FORMATS).default("table"));
}

/** For commands that speak to a running server. */
export function withServer(command: Command): Command {
  return command
    .option("--url <url>", "address of the server (POLYFLOW_URL); default: the one that runs on the home folder")
    .option("--token <token>", "token for that server (POLYFLOW_TOKEN)");
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It has to be a whole number.");
  return Number(text);
}

/** A whole number from 1 to `most`. */
export function upTo(most: number): (text: string) => number {
  return (text) => {
    const value = wholeNumber(text);
    if (value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`It has to be a whole number from 1 to ${most}.`);
  };
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("It has to be a number of seconds.");
  return value;
}

/** An instant as the API takes it: ISO 8601 with its offset from UTC; a day stands for its beginning in UTC. */
export function instant(text: string): string {
  if (z.iso.date().safeParse(text).success) return `${text}T00:00:00Z`;
  if (!z.iso.datetime({ offset: true }).safeParse(text).success)
    throw new InvalidArgumentError("It has to be a day (in UTC) or an instant with its offset: 2026-01-31, 2026-01-31T06:00:00+03:00.");
  return text;
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
