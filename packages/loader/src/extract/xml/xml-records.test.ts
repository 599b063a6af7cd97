import { describe, expect, test } from "vitest";
import { encode } from "../../test-files.ts";
import { readTable } from "../../test-reading.ts";

const yaml = (property: string, ...fields: readonly string[]): string =>
  `path: data.xml\nformat: xml\ndialect: {property: ${property}}\nschema: {fields: [${fields.join(", ")}]}\n`;

describe("B2: XML", () => {
  test("attributes, elements, nested ones by path, lists, nil, CDATA, namespaces", async () => {
    const xml =
      '<?xml version="1.0"?><r:Root xmlns:r="urn:r" xmlns:xsi="urn:xsi"><r:Head>no</r:Head><r:Items>' +
      '<r:Item id="1"><r:Name>A &amp; B</r:Name><Address code="71"><City>Тула</City></Address><Tag>x</Tag><Tag>y</Tag></r:Item>' +
      '<r:Item id="2"><r:Name><![CDATA[<raw>]]></r:Name><Address xsi:nil="true"/><Tag/></r:Item>' +
      "</r:Items></r:Root>";
    const read = await readTable(
      yaml(
        "/Root/Items/Item",
        '{name: id, path: "@id"}',
        "{name: Name}",
        "{name: city, path: Address/City}",
        '{name: code, path: "Address/@code"}',
        "{name: Tag}",
      ),
      xml,
    );
    expect(read.rows).toEqual([
      ["1", "A & B", "Тула", "71", '["x","y"]'],
      ["2", "<raw>", null, null, ""],
    ]);
  });

  test("texts and attributes of hundreds of kilobytes", async () => {
    const long = "я".repeat(300_000);
    const read = await readTable(yaml("/l/i", "{name: n}", '{name: a, path: "@a"}'), `<l><i a="${long}"><n>${long}</n></i></l>`);
    expect(read.rows[0]?.map((cell) => cell?.length)).toEqual([300_000, 300_000]);
  });

  test("windows-1251 by the prolog, UTF-16 by its mark", async () => {
    const xml = '<?xml version="1.0" encoding="windows-1251"?><l><i><n>Жук</n></i></l>';
    expect((await readTable(yaml("/l/i", "{name: n}"), encode(xml, "windows-1251"))).rows).toEqual([["Жук"]]);
    const wide = `\ufeff${xml.replace("windows-1251", "utf-16")}`;
    expect((await readTable(yaml("/l/i", "{name: n}"), encode(wide, "utf-16le"))).rows).toEqual([["Жук"]]);
  });

  test("external entities and entity bombs are refused before anything is read", async () => {
    const external = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l><i><n>&x;</n></i></l>';
    const bomb = '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l><i><n>&b;</n></i></l>';
    for (const xml of [external, bomb])
      await expect(readTable(yaml("/l/i", "{name: n}"), xml)).rejects.toMatchObject({
        code: "source_unreadable",
        message: expect.stringContaining("entities"),
      });
    await expect(readTable(yaml("/l/i", "{name: n}"), "<l><i><n>&x;</n></i></l>")).rejects.toThrow(/not well-formed/);
  });

  test("cut off, wrong path, an empty list, a record beyond the limit, bytes of another encoding", async () => {
    await expect(readTable(yaml("/l/i", "{name: n}"), "<l><i><n>1</n></i>")).rejects.toThrow(/not well-formed XML.*line 1/);
    await expect(readTable(yaml("/l/x", "{name: n}"), "<m><i><n>1</n></i></m>")).rejects.toThrow(/no element \/l\/x; it has \/m, \/m\/i/);
    expect((await readTable(yaml("/l/i", "{name: n}"), "<l></l>")).rows).toEqual([]);
    await expect(readTable(yaml("/l/i", "{name: n}"), `<l><i><n>${"x".repeat(3000)}</n></i></l>`, { recordBytes: 2000 })).rejects.toThrow(
      /recordBytes/,
    );
    await expect(readTable(yaml("/l/i", "{name: n}"), encode("<l><i><n>Жук</n></i></l>", "windows-1251"))).rejects.toThrow(/is not utf-8/);
  });
});
