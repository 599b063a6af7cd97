import { closeSync, openSync, writeSync } from "node:fs";

export const SALES_RECORDS = 1_000_000;
export const SALES_HEADER = "id,code,name,day,at,quantity,price,amount,paid,region";

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2020, 0, 1);

/** Writes 1,000,000 records of 10 columns, the same on every machine. */
export function writeSalesFile(path: string): void {
  const file = openSync(path, "w");
  let lines = `${SALES_HEADER}\n`;
  let seed = 42;
  for (let id = 1; id <= SALES_RECORDS; id++) {
    // Lehmer's generator: fixed by its definition, unlike Math.random
    seed = (seed * 48_271) % 2_147_483_647;
    const day = new Date(FIRST_DAY_MS + (seed % 1_500) * DAY_MS).toISOString().slice(0, 10);
    const at = `${day} ${clock(seed % 86_400)}`;
    const quantity = (seed % 999) + 1;
    const price = `${seed % 9_999}.${String(seed % 10_000).padStart(4, "0")}`;
    const amount = `${seed % 100_000}.${String(seed % 100).padStart(2, "0")}`;
    const paid = seed % 3 === 0 ? "true" : "false";
    lines += `${id},C${String(seed % 1_000_000).padStart(6, "0")},Customer number ${seed % 50_000},${day},${at},${quantity},${price},${amount},${paid},Region ${seed % 85}\n`;
    if (lines.length < 1 << 20) continue;
    writeSync(file, lines);
    lines = "";
  }
  writeSync(file, lines);
  closeSync(file);
}

function clock(second: number): string {
  const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
