import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../load-request.ts";
import { describeSource } from "../test-reading.ts";
import type { StagingArea } from "./extraction.ts";
import { openFormat } from "./open-format.ts";
import { openStreamedFile } from "./source-file.ts";

/** Megabytes of the generated documents; 500 in the nightly run. */
const MEGABYTES = Number(process.env["POLYFLOW_TEST_LARGE_MB"] ?? 30);
/** What reading may need beyond what was in use before, whatever the size. */
const MAX_GROWTH = 24 << 20;

/** Takes everything and keeps nothing. */
const nowhere: StagingArea = {
  begin: () => Promise.resolve({ table: "nowhere", writer: { write: () => Promise.resolve() } }),
  commit: () => Promise.resolve({ isTyped: false }),
  abandon: () => Promise.resolve(),
};

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes that are held: what waits for the collector does not count. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function* xml(bytes: number): Generator<Buffer, void> {
  yield Buffer.from('<?xml version="1.0" encoding="utf-8"?><ADDRESSOBJECTS>');
  let record = 0;
  for (let written = 0; written < bytes; ) {
    let text = "";
    for (let index = 0; index < 300; index++) {
      record++;
      text += `<OBJECT ID="${record}" OBJECTID="${record * 7}" NAME="Улица номер ${record}" TYPENAME="ул" LEVEL="8" UPDATEDATE="2026-01-31"/>`;
    }
    const chunk = Buffer.from(text);
    written += chunk.length;
    yield chunk;
  }
  yield Buffer.from("</ADDRESSOBJECTS>");
}

test("B2: a large XML document, straight from gzip, is read in flat memory", { timeout: 120_000 + MEGABYTES * 200 }, async () => {
  const source = await describeSource(
    "path: big.xml.gz\nformat: xml\ndialect: {property: /ADDRESSOBJECTS/OBJECT}\nschema: {fieldsMatch: subset, fields: [{name: ID, path: '@ID'}, {name: NAME, path: '@NAME'}]}\n",
  );
  const chunks = Readable.from(xml(MEGABYTES << 20)).pipe(createGzip({ level: 1 }));
  const file = openStreamedFile({ name: "big.xml.gz", chunks });
  const limits = { ...DEFAULT_LIMITS, segmentBytes: 1 << 20 };
  const extraction = await openFormat(file, { source, limits, signal: new AbortController().signal });
  const before = inUse();
  let peak = 0;
  let records = 0;
  let segments = 0;
  for await (const segment of extraction.segments(nowhere)) {
    records += segment.records;
    if (++segments % 4 === 0) peak = Math.max(peak, inUse());
  }
  await extraction.close();
  await file.close();
  expect(records).toBeGreaterThan(MEGABYTES * 6000);
  expect(segments).toBeGreaterThan(8);
  expect(peak - before).toBeLessThan(MAX_GROWTH);
});
