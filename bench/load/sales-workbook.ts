import { writeFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { SALES_HEADER, sales } from "./sales-file.ts";

const NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const EPOCH_MS = Date.UTC(1899, 11, 30);
const DAY_MS = 86_400_000;
/** Styles of cells, by number: 1 a day, 2 a moment. */
const STYLES = `<styleSheet ${NAMESPACE}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>`;

/** The records as a workbook the way Excel writes it: texts in a table of their own, days as numbers. */
export function writeSalesWorkbook(path: string, records: number): void {
  const texts = new Map<string, number>();
  const text = (value: string): string => {
    const index = texts.get(value) ?? texts.size;
    texts.set(value, index);
    return `<c t="s"><v>${index}</v></c>`;
  };
  const serial = (value: string, style: number): string =>
    `<c s="${style}"><v>${(Date.parse(`${value.replace(" ", "T")}Z`) - EPOCH_MS) / DAY_MS}</v></c>`;
  const number = (value = ""): string => `<c><v>${value}</v></c>`;
  const rows = [`<row>${SALES_HEADER.split(",").map(text).join("")}</row>`];
  for (const [id, code = "", name = "", day = "", at = "", quantity, price, amount, paid, region = ""] of sales(records)) {
    const moments = serial(`${day} 00:00:00`, 1) + serial(at, 2);
    const flag = `<c t="b"><v>${paid === "true" ? 1 : 0}</v></c>`;
    rows.push(
      `<row>${number(id)}${text(code)}${text(name)}${moments}${number(quantity)}${number(price)}${number(amount)}${flag}${text(region)}</row>`,
    );
  }
  const sheet = Buffer.from(`<worksheet ${NAMESPACE}><sheetData>${rows.join("")}</sheetData></worksheet>`);
  const shared = [...texts.keys()].map((value) => `<si><t>${value}</t></si>`).join("");
  writeFileSync(
    path,
    zipOf({
      "xl/workbook.xml": `<workbook ${NAMESPACE} xmlns:r="r"><sheets><sheet name="Sales" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
      "xl/styles.xml": STYLES,
      "xl/sharedStrings.xml": `<sst ${NAMESPACE}>${shared}</sst>`,
      "xl/worksheets/sheet1.xml": sheet,
    }),
  );
}

/** Names of the members are ASCII. */
function zipOf(members: { readonly [name: string]: string | Buffer }): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes, { level: 6 });
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, place, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length / 4, 4);
  end.writeUInt16LE(directory.length / 4, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...directory, Buffer.from("PK\x05\x06", "latin1"), end]);
}
