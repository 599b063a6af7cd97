import { checkScheme, isFileAddress, parseFileAddress, PolyflowError } from "@polyflow/contracts";
import type { RemoteFile } from "@polyflow/server";
import type { SecretLookup } from "@polyflow/store";
import { providerOf } from "../../providers/installed-providers.ts";

/**
 * Opens a file over a connection.
 * @param address `sftp://connection_id/path`, and its like
 * @throws PolyflowError `request_invalid`, `connection_not_found`, `file_not_found`, `external_system_failed`
 */
export async function openRemoteFile(secrets: SecretLookup, address: string, signal: AbortSignal): Promise<RemoteFile> {
  if (!isFileAddress(address)) throw new PolyflowError("request_invalid", `"${address}" is no address like sftp://connection_id/path.`);
  const place = parseFileAddress(address);
  const connectionId = place.connection ?? "";
  const connection = await secrets.connection(connectionId);
  if (connection === undefined) throw new PolyflowError("connection_not_found", `There is no connection "${connectionId}".`);
  checkScheme(place, connection.type);
  const { openFiles } = await providerOf(connection);
  if (openFiles === undefined)
    throw new PolyflowError(
      "request_invalid",
      `The connection "${connectionId}" is of type "${connection.type}", which leads to no files.`,
    );
  const files = await openFiles(connection);
  try {
    const content = await files.read(place.path, { signal });
    return { name: place.path.slice(place.path.lastIndexOf("/") + 1), content, close: () => files.close() };
  } catch (error) {
    await files.close();
    throw error;
  }
}
