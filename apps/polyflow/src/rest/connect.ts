import { PolyflowError } from "@polyflow/contracts";
import type { Invocation } from "../cli/invocation.ts";
import { readLocalToken, readServerFile } from "../home/server-file.ts";
import { openServerConnection, type ServerConnection } from "./server-connection.ts";

/**
 * The server a command speaks to: `--url` and `--token`, `POLYFLOW_URL` and `POLYFLOW_TOKEN`, or the one that runs on the home folder.
 * @throws PolyflowError `server_unavailable` when none is known.
 */
export async function connect(invocation: Invocation): Promise<ServerConnection> {
  const { environment } = invocation.surroundings;
  const url = invocation.text("url") ?? environment["POLYFLOW_URL"];
  const token = invocation.text("token") ?? environment["POLYFLOW_TOKEN"];
  if (url !== undefined) {
    if (!URL.canParse(url))
      throw new PolyflowError("request_invalid", `"${url}" is no address of a server; one looks like http://127.0.0.1:8080.`);
    if (token !== undefined) return openServerConnection(url, token);
    throw new PolyflowError("not_authenticated", `A token is needed for ${url}: --token, or POLYFLOW_TOKEN. POST /auth/token gives one.`);
  }
  const home = invocation.home();
  const [server, localToken] = await Promise.all([readServerFile(home), readLocalToken(home)]);
  if (server !== undefined && localToken !== undefined) return openServerConnection(server.url, token ?? localToken);
  throw new PolyflowError(
    "server_unavailable",
    `No Polyflow runs on "${home.dir}". Start it with \`npm start\`, name its folder with --home, or another server with --url and --token.`,
  );
}
