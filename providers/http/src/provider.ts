import { PolyflowError } from "@polyflow/contracts";
import type { Connection, ExtractRequest } from "@polyflow/sdk";
import type { Provider } from "@polyflow/sdk/runtime";
import { description } from "./description.ts";
import { httpEndpoint } from "./http-endpoint.ts";

/** Web services: requests, REST and SOAP as sources, files. */
export const provider: Provider = {
  name: "http",
  description,
  sqlConnectionTypes: [],
  openFiles: async (connection) => {
    const { HttpFiles } = await import("./http-files.ts");
    return new HttpFiles(httpEndpoint(connection));
  },
  extract,
  test: async (connection, signal) => {
    const { HttpSession } = await import("./http-session.ts");
    const endpoint = httpEndpoint(connection);
    const { status, body } = await new HttpSession(endpoint).send({ path: "", signal });
    body.destroy();
    if (status === 401 || status === 403) {
      throw new PolyflowError(
        "external_system_failed",
        `${endpoint.base.href} refuses the sign-in of connection "${connection.connectionId}" (${status}).`,
      );
    }
    return `${endpoint.base.href} answered ${status}`;
  },
};

async function extract(connection: Connection, request: ExtractRequest) {
  const { source } = request;
  if (source.kind === "rest") return (await import("./extract-rest.ts")).extractRest(connection, source, request);
  if (source.kind === "soap") return (await import("./extract-soap.ts")).extractSoap(connection, source, request);
  throw new PolyflowError(
    "metadata_invalid",
    `Source "${request.name}": a web service is read with \`rest\` or \`soap\`, not with \`${source.kind}\`.`,
  );
}
