import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { encode, zip } from "../../test-files.ts";
import { readTable } from "../../test-reading.ts";

const yaml = (path: string, more = ""): string => `path: ${path}\nformat: csv\n${more}schema: {fields: [{name: a}, {name: b}]}\n`;
const CSV = "a,b\n1,2\n";

describe("B2: compressed files", () => {
  test("gzip by the name's ending, several members one after the other, and by the YAML", async () => {
    expect((await readTable(yaml("t.csv.gz"), gzipSync(CSV))).rows).toEqual([["1", "2"]]);
    const appended = Buffer.concat([gzipSync(CSV), gzipSync("3,4\n")]);
    expect((await readTable(yaml("t.bin", "compression: gzip\n"), appended)).rows).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  test("truncated and damaged gzip", async () => {
    const packed = gzipSync(`a,b\n${Array.from({ length: 5000 }, (_, index) => `${index * 7919},${index}\n`).join("")}`);
    await expect(readTable(yaml("t.csv.gz"), packed.subarray(0, packed.length / 2))).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringMatching(/t\.csv\.gz is cut off.*Fetch it again/),
    });
    const damaged = Buffer.from(packed);
    damaged[packed.length - 6] = (damaged[packed.length - 6] ?? 0) ^ 0xff;
    await expect(readTable(yaml("t.csv.gz"), damaged)).rejects.toThrow(/not a whole gzip file/);
    await expect(readTable(yaml("t.csv.gz"), CSV)).rejects.toThrow(/not a whole gzip file/);
  });

  test("a member of a zip by mask, also below a folder and with a Cyrillic name; none or several fitting is said", async () => {
    const archive = zip({ "readme.txt": "x", "in/Продажи_2026.csv": CSV, "b.csv": "a,b\n" });
    expect((await readTable(yaml("t.zip", "innerpath: 'Продажи_*.csv'\n"), archive)).rows).toEqual([["1", "2"]]);
    await expect(readTable(yaml("t.zip"), archive)).rejects.toThrow(/t\.zip holds 3 files: .*`innerpath` that fits exactly one/);
    await expect(readTable(yaml("t.zip", "innerpath: '*.xml'\n"), archive)).rejects.toThrow(
      /holds no files that fit `innerpath: \*\.xml`: readme\.txt/,
    );
  });

  test("names of old archivers in cp866", async () => {
    const archive = zip({ XXXXXXX: CSV });
    const name = encode("Продажи", "ibm866");
    for (let at = archive.indexOf("XXXXXXX"); at >= 0; at = archive.indexOf("XXXXXXX", at)) {
      name.copy(archive, at);
      archive.writeUInt16LE(0, archive.lastIndexOf("PK", at) + (archive[archive.lastIndexOf("PK", at) + 2] === 1 ? 8 : 6));
    }
    expect((await readTable(yaml("t.zip", "innerpath: Продажи\n"), archive)).rows).toEqual([["1", "2"]]);
  });

  test("bombs are refused: by ratio and by size, gzip and zip", async () => {
    const zeros = Buffer.concat([Buffer.from(CSV), Buffer.alloc(20 << 20)]);
    const bomb = gzipSync(zeros);
    await expect(readTable(yaml("t.csv.gz"), bomb)).rejects.toThrow(/zip bomb.*expansionRatio/);
    await expect(readTable(yaml("t.csv.gz"), gzipSync(CSV.repeat(1000)), { expandedBytes: 5000 })).rejects.toThrow(
      /more than 5000 bytes.*expandedBytes/,
    );
    await expect(readTable(yaml("t.zip"), zip({ "b.csv": zeros }))).rejects.toThrow(/zip bomb/);
  });

  test("a damaged member of a zip", async () => {
    const archive = zip({ "b.csv": CSV });
    archive[14] = (archive[14] ?? 0) ^ 0xff;
    const place = archive.lastIndexOf("PK\x01\x02") + 16;
    archive[place] = (archive[place] ?? 0) ^ 0xff;
    await expect(readTable(yaml("t.zip"), archive)).rejects.toThrow(/checksum is wrong/);
    await expect(readTable(yaml("t.zip"), archive.subarray(0, 40))).rejects.toThrow(/not a whole zip archive/);
  });
});
