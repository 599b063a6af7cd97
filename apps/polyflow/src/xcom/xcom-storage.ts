import { join } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import type { ClosableFileStore } from "@polyflow/sdk/runtime";
import type { XComStorage } from "@polyflow/store";

const PREFIX = "connection:";

/** What a connection's files are opened with. */
export interface ConnectionFiles {
  readonly connection: (connectionId: string) => Promise<Connection>;
  readonly openFiles: (connection: Connection) => Promise<ClosableFileStore>;
}

/** The connection that `[xcom] storage` names: `connection:ID/folder`; undefined when it names a folder of this machine. */
export function storageConnection(setting: string): { readonly connectionId: string; readonly folder: string } | undefined {
  if (!setting.startsWith(PREFIX)) return undefined;
  const [connectionId = "", ...folders] = setting.slice(PREFIX.length).split("/");
  if (connectionId === "") throw new PolyflowError("config_invalid", `[xcom] storage is "${setting}": a connection's id has to follow.`);
  return { connectionId, folder: folders.join("/") };
}

/** Large outputs as files of whatever a connection leads to: a bucket (S3), an SFTP server. It is opened at the first use. */
export function connectionXComStorage(
  setting: { readonly connectionId: string; readonly folder: string },
  files: ConnectionFiles,
): XComStorage {
  let opened: Promise<ClosableFileStore> | undefined;
  const store = (): Promise<ClosableFileStore> => {
    opened ??= files.connection(setting.connectionId).then(files.openFiles);
    // A store that could not be opened is tried anew at the next use.
    opened.catch(() => (opened = undefined));
    return opened;
  };
  const pathOf = (key: string): string => (setting.folder === "" ? key : join(setting.folder, key));
  return {
    async write(key, json) {
      await named(key, async () => (await store()).write(pathOf(key), bytesOf(json)));
    },
    read: (key) =>
      named(key, async () => {
        const parts: Uint8Array[] = [];
        for await (const part of await (await store()).read(pathOf(key))) parts.push(part as Uint8Array);
        return Buffer.concat(parts).toString("utf8");
      }),
    async remove(key) {
      await named(key, async () => (await store()).delete(pathOf(key)));
    },
  };

  async function named<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw new PolyflowError(
        "xcom_unavailable",
        `The value ${key} in the store of connection "${setting.connectionId}": ${String(error)}`,
        {
          cause: error,
        },
      );
    }
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
