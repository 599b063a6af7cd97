import type { RestExtract } from "@polyflow/contracts";
import type { Connection, Extract, ExtractRequest } from "@polyflow/sdk";
import { extractOf } from "@polyflow/sdk/runtime";
import { scalarText, valueAtPath } from "./exact-json.ts";
import { greaterOf } from "./greatest-value.ts";
import { httpEndpoint } from "./http-endpoint.ts";
import { HttpSession } from "./http-session.ts";
import { restPages } from "./rest-pages.ts";

/** Reads the records of an HTTP API, page by page; only what is new where the source says how to ask for it. */
export function extractRest(connection: Connection, source: RestExtract, request: ExtractRequest): Extract {
  const session = new HttpSession(httpEndpoint(connection), source.requestsPerSecond);
  const { incremental } = source;
  const last = scalarText(request.state?.["cursor"]);
  let greatest = last;
  async function* content(): AsyncGenerator<Uint8Array, void> {
    const since = last ?? incremental?.initial;
    const query = incremental === undefined || since === undefined ? {} : { [incremental.parameter]: since };
    let records = 0;
    for await (const page of restPages(session, source, { name: request.name, query, signal: request.signal })) {
      records += page.records.length;
      for (const record of page.records) {
        if (incremental !== undefined) greatest = greaterOf(greatest, scalarText(valueAtPath(record, incremental.field)));
      }
      yield Buffer.from(page.records.map((record) => `${JSON.stringify(record)}\n`).join(""));
    }
    request.log.info(`${records} records of ${source.path}`);
  }
  return extractOf({
    format: "ndjson",
    content: content(),
    state: () => (incremental === undefined || greatest === undefined ? undefined : { cursor: greatest }),
  });
}
