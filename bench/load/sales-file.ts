import { closeSync, openSync, writeSync } from "node:fs";

export const SALES_HEADER = "id,code,name,day,at,quantity,price,amount,paid,region";

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2020, 0, 1);
/** Distance between a Cyrillic letter of Unicode and its byte in windows-1251. */
const CYRILLIC_SHIFT = 0x350;

/** One record, as texts. */
export type Sale = readonly string[];

/** Records of 10 columns, the same on every machine. */
export function* sales(records: number): Generator<Sale, void> {
  let seed = 42;
  for (let id = 1; id <= records; id++) {
    // Lehmer's generator: fixed by its definition, unlike Math.random
    seed = (seed * 48_271) % 2_147_483_647;
    const day = new Date(FIRST_DAY_MS + (seed % 1_500) * DAY_MS).toISOString().slice(0, 10);
    yield [
      String(id),
      `C${String(seed % 1_000_000).padStart(6, "0")}`,
      `Покупатель ${seed % 50_000}`,
      day,
      `${day} ${clock(seed % 86_400)}`,
      String((seed % 999) + 1),
      `${seed % 9_999}.${String(seed % 10_000).padStart(4, "0")}`,
      `${seed % 100_000}.${String(seed % 100).padStart(2, "0")}`,
      seed % 3 === 0 ? "true" : "false",
      `Регион ${seed % 85}`,
    ];
  }
}

/** Writes them as CSV with semicolons in windows-1251, as most of what people load in Russia is written. */
export function writeSalesFile(path: string, records: number): void {
  const file = openSync(path, "w");
  let lines = `${SALES_HEADER.replaceAll(",", ";")}\n`;
  for (const sale of sales(records)) {
    lines += `${sale.join(";")}\n`;
    if (lines.length < 1 << 20) continue;
    writeSync(file, windows1251(lines));
    lines = "";
  }
  writeSync(file, windows1251(lines));
  closeSync(file);
}

function windows1251(text: string): Buffer {
  return Buffer.from(
    text.replaceAll(/[А-я]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - CYRILLIC_SHIFT)),
    "latin1",
  );
}

function clock(second: number): string {
  const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
