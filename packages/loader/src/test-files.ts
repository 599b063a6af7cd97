import { deflateRawSync, crc32 } from "node:zlib";

/** Bytes of a text in a single-byte encoding that TextDecoder knows; characters that it lacks become `?`. */
export function encode(text: string, label: string): Buffer {
  if (label === "utf-8") return Buffer.from(text);
  if (label === "utf-16le") return Buffer.from(text, "utf16le");
  if (label === "utf-16be") return Buffer.from(text, "utf16le").swap16();
  const decoder = new TextDecoder(label);
  const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]));
  return Buffer.from(Array.from(text, (character) => bytes.get(character) ?? 0x3f));
}

/** A zip archive of these members. */
export function zip(members: { readonly [name: string]: string | Uint8Array }): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x800, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, place, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(18);
  const count = Object.keys(members).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...directory, Buffer.from("PK\x05\x06", "latin1"), end]);
}

/** A cell of a test workbook: text, number, boolean, or what is written as it stands. */
export type TestCell = string | number | boolean | null | { readonly xml: string };

export interface TestSheet {
  readonly rows: readonly (readonly TestCell[])[];
  /** `A1:C1` */
  readonly merged?: readonly string[];
  /** Numbers from 1. */
  readonly hiddenRows?: readonly number[];
  readonly hiddenColumns?: readonly number[];
}

/** Styles of cells: 1 `dd.mm.yyyy`, 2 `dd.mm.yyyy hh:mm`, 3 `h:mm`. */
const STYLES =
  '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy;@"/>' +
  '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ h:mm"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>' +
  '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/>' +
  '<xf numFmtId="165" applyNumberFormat="1"/><xf numFmtId="20" applyNumberFormat="1"/></cellXfs></styleSheet>';
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** An xlsx workbook, as Excel writes it: texts shared, dates as numbers with a style. */
export function workbook(sheets: { readonly [name: string]: TestSheet }, options: { readonly is1904?: boolean } = {}): Buffer {
  const shared: string[] = [];
  const names = Object.keys(sheets);
  const members: { [name: string]: string } = {
    "[Content_Types].xml":
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${CONTENT}.sheet.main+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${CONTENT}.styles+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="${CONTENT}.sharedStrings+xml"/>` +
      `${names.map((_, index) => `<Override PartName="/xl/worksheets/sheet${index + 1}.xml" ContentType="${CONTENT}.worksheet+xml"/>`).join("")}</Types>`,
    "_rels/.rels": `<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" Type="${TYPES}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml":
      `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${TYPES}">` +
      `<workbookPr${options.is1904 === true ? ' date1904="1"' : ""}/><sheets>${names
        .map((name, index) => `<sheet name="${escapeXml(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`)
        .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels":
      `<Relationships xmlns="${RELATIONS}">${names
        .map((_, index) => `<Relationship Id="rId${index + 1}" Type="${TYPES}/worksheet" Target="worksheets/sheet${index + 1}.xml"/>`)
        .join("")}<Relationship Id="rIdS" Type="${TYPES}/styles" Target="styles.xml"/>` +
      `<Relationship Id="rIdT" Type="${TYPES}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    "xl/styles.xml": STYLES,
  };
  for (const [index, sheet] of Object.values(sheets).entries()) members[`xl/worksheets/sheet${index + 1}.xml`] = sheetXml(sheet, shared);
  members["xl/sharedStrings.xml"] =
    `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${shared.map((text) => `<si><t xml:space="preserve">${escapeXml(text)}</t></si>`).join("")}</sst>`;
  return zip(members);
}

function sheetXml(sheet: TestSheet, shared: string[]): string {
  const rows = sheet.rows.map((cells, index) => {
    const hidden = sheet.hiddenRows?.includes(index + 1) === true ? ' hidden="1"' : "";
    const written = cells.map((cell, column) => cellXml(cell, `${letters(column + 1)}${index + 1}`, shared));
    return `<row r="${index + 1}"${hidden}>${written.join("")}</row>`;
  });
  const cols = (sheet.hiddenColumns ?? []).map((column) => `<col min="${column}" max="${column}" hidden="1"/>`);
  const merged = (sheet.merged ?? []).map((range) => `<mergeCell ref="${range}"/>`);
  return (
    `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${cols.length === 0 ? "" : `<cols>${cols.join("")}</cols>`}` +
    `<sheetData>${rows.join("")}</sheetData>${merged.length === 0 ? "" : `<mergeCells>${merged.join("")}</mergeCells>`}</worksheet>`
  );
}

function cellXml(cell: TestCell, place: string, shared: string[]): string {
  if (cell === null) return "";
  if (typeof cell === "number") return `<c r="${place}"><v>${cell}</v></c>`;
  if (typeof cell === "boolean") return `<c r="${place}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  if (typeof cell === "object") return cell.xml.replace("<c", `<c r="${place}"`);
  shared.push(cell);
  return `<c r="${place}" t="s"><v>${shared.length - 1}</v></c>`;
}

/** A number shown with one of the styles above. */
export function styled(value: number, style: 1 | 2 | 3): TestCell {
  return { xml: `<c s="${style}"><v>${value}</v></c>` };
}

function letters(column: number): string {
  return column > 26 ? letters(Math.floor((column - 1) / 26)) + letters(((column - 1) % 26) + 1) : String.fromCharCode(64 + column);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export interface TestDbfColumn {
  readonly name: string;
  readonly type: "C" | "N" | "D" | "L" | "M";
  readonly length: number;
}

/** A dBASE III table; rows are texts as they are stored, `deleted` ones among them by number from 0. */
export function dbf(
  columns: readonly TestDbfColumn[],
  rows: readonly (readonly string[])[],
  options: { readonly label: string; readonly driver: number; readonly deleted?: readonly number[]; readonly version?: number },
): Buffer {
  const header = Buffer.alloc(32 + 32 * columns.length + 1);
  header[0] = options.version ?? 0x03;
  header.writeUInt32LE(rows.length, 4);
  header.writeUInt16LE(header.length, 8);
  header.writeUInt16LE(1 + columns.reduce((sum, column) => sum + column.length, 0), 10);
  header[29] = options.driver;
  for (const [index, column] of columns.entries()) {
    const at = 32 + 32 * index;
    encode(column.name, options.label).copy(header, at, 0, 10);
    header.write(column.type, at + 11, "latin1");
    header[at + 16] = column.length;
  }
  header[header.length - 1] = 0x0d;
  const records = rows.map((row, index) =>
    Buffer.concat([
      Buffer.from(options.deleted?.includes(index) === true ? "*" : " "),
      ...columns.map((column, place) => {
        const cell = Buffer.alloc(column.length, 0x20);
        const text = encode(row[place] ?? "", options.label);
        text.copy(cell, column.type === "N" ? Math.max(0, column.length - text.length) : 0);
        return cell;
      }),
    ]),
  );
  return Buffer.concat([header, ...records, Buffer.from([0x1a])]);
}
