import type { Readable } from "node:stream";

/** Longer lines are cut into pieces of this length, so that output without line ends cannot fill the memory. */
const LONGEST_LINE = 65_536;

/**
 * Calls `take` with every line of a stream of UTF-8, without its end. A carriage return within a line (progress bars) ends it as well.
 * @returns a function that ends the reading and hands over what is left of the last line
 */
export function forEachLine(stream: Readable, take: (line: string) => void): () => void {
  let rest = "";
  let isDone = false;
  const finish = (): void => {
    if (isDone) return;
    isDone = true;
    stream.destroy();
    if (rest !== "") take(rest);
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) takePieces(line, take);
    while (rest.length > LONGEST_LINE) {
      take(rest.slice(0, LONGEST_LINE));
      rest = rest.slice(LONGEST_LINE);
    }
  });
  stream.once("end", finish);
  return finish;
}

function takePieces(line: string, take: (line: string) => void): void {
  for (let start = 0; start === 0 || start < line.length; start += LONGEST_LINE) take(line.slice(start, start + LONGEST_LINE));
}
