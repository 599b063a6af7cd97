import { PolyflowError, type SoapExtract } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import { extractOf } from "@polyflow/sdk/runtime";
import { valueAtPath } from "./exact-json.ts";
import { httpEndpoint } from "./http-endpoint.ts";
import { HttpSession } from "./http-session.ts";

const LARGEST_ANSWER_BYTES = 256 << 20;
const NAMESPACES = { "1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope" } as const;

/** Asks a SOAP service once and reads the records in its answer; all values are texts, attributes begin with `@`. */
export function extractSoap(connection: Connection, source: SoapExtract, request: ExtractRequest): Extract {
  const session = new HttpSession(httpEndpoint(connection));
  async function* content(): AsyncGenerator<Uint8Array, void> {
    const { text } = await session.sendForText({ ...soapRequest(source), signal: request.signal }, LARGEST_ANSWER_BYTES);
    const records = await recordsOf(request.name, source, text);
    request.log.info(`${records.length} records`);
    for (const record of records) yield Buffer.from(`${JSON.stringify(record)}\n`);
  }
  return extractOf({ format: "ndjson", content: content() });
}

/** The message as HTTP carries it. */
export function soapRequest({ path = "", action = "", version = "1.1", body, parameters = {} }: SoapExtract) {
  const filled = body.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, (_whole, name: string) => {
    const value = parameters[name];
    if (value !== undefined) return escapeXml(String(value));
    throw new PolyflowError("metadata_invalid", `The body of the SOAP message has {{${name}}}, and \`parameters\` has no "${name}".`);
  });
  const envelope = `<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="${NAMESPACES[version]}"><soap:Body>${filled}</soap:Body></soap:Envelope>`;
  const type = version === "1.1" ? "text/xml; charset=utf-8" : `application/soap+xml; charset=utf-8; action="${action}"`;
  const headers = { "content-type": type, ...(version === "1.1" ? { soapaction: `"${action}"` } : {}) };
  return { path, method: "POST", headers, body: envelope, tries: 5 };
}

async function recordsOf(name: string, source: SoapExtract, xml: string): Promise<readonly unknown[]> {
  // entities of its own could read our files or fill our memory; no SOAP message may have them
  if (/<!DOCTYPE/i.test(xml)) throw unreadable(name, "declares a document type, which SOAP forbids");
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  const valid = XMLValidator.validate(xml);
  if (valid !== true) throw unreadable(name, `is no XML (line ${valid.err.line}: ${valid.err.msg})`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    parseAttributeValue: false,
    removeNSPrefix: true,
  });
  const document: unknown = parser.parse(xml);
  const fault = valueAtPath(document, "Envelope.Body.Fault");
  if (fault !== undefined)
    throw new PolyflowError(
      "external_system_failed",
      `The service of source "${name}" answered a fault: ${JSON.stringify(fault).slice(0, 500)}`,
    );
  const body = valueAtPath(document, "Envelope.Body");
  if (typeof body !== "object" || body === null) throw unreadable(name, "is no SOAP envelope with a body");
  const found = elementsAt(body, source.records.split("."));
  if (found === undefined) {
    throw unreadable(name, `has no \`${source.records}\` in its body, which has: ${Object.keys(body).join(", ")}. Correct \`records\``);
  }
  return found.map((each) => (typeof each === "object" && each !== null ? each : { value: each }));
}

/** Elements at a path, through elements that repeat; undefined when a step before the last is missing. */
function elementsAt(value: unknown, path: readonly string[]): readonly unknown[] | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return Array.isArray(value) ? value : [value];
  const parents = Array.isArray(value) ? value : [value];
  const found = parents.flatMap((parent): unknown[] => {
    const child: unknown = typeof parent === "object" && parent !== null ? Reflect.get(parent, name) : undefined;
    return child === undefined ? [] : [child];
  });
  // no record at all is an answer; no list to hold them is a wrong path
  if (found.length === 0) return rest.length === 0 ? [] : undefined;
  return found.flatMap((each) => elementsAt(each, rest) ?? []);
}

function unreadable(name: string, what: string): PolyflowError {
  return new PolyflowError("source_unreadable", `The answer to source "${name}" ${what}.`);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&apos;");
}
