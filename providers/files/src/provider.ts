import { readFileSync } from "node:fs";
import type { Connection } from "@polyflow/sdk";
import {
  type ClosableFileStore,
  type ConnectionSettings,
  connectionSettings,
  type ConnectionTypeDescription,
  type Provider,
} from "@polyflow/sdk/runtime";
import { PolyflowError } from "@polyflow/contracts";
import { description } from "./description.ts";

interface GreetingStore {
  readonly store: ClosableFileStore;
  readonly greeting: () => Promise<string>;
}

/** Opens files: folders, SFTP, FTP, S3. */
export const provider: Provider = {
  name: "files",
  description,
  sqlConnectionTypes: [],
  openFiles: async (connection) => (await open(connection)).store,
  test: async (connection) => {
    const { store, greeting } = await open(connection);
    try {
      return await greeting().catch(async (error: unknown) => {
        // the store's own words name connection and place
        await store.list("*");
        throw error;
      });
    } finally {
      await store.close();
    }
  },
};

async function open(connection: Connection): Promise<GreetingStore> {
  const type = typeOf(connection);
  const settings = connectionSettings(connection, type);
  switch (type.type) {
    case "fs":
      return openFolder(connection, settings.require("path"));
    case "s3":
      return openS3(connection, settings);
    default: {
      const { TransportStore } = await import("./transport-store.ts");
      const transport = await networkTransport(connection, settings);
      return { store: new TransportStore(transport, connection.connectionId), greeting: () => transport.greeting() };
    }
  }
}

function typeOf(connection: Connection): ConnectionTypeDescription {
  const found = description.connectionTypes.find(
    (each) => each.type === connection.type || each.aliases?.includes(connection.type) === true,
  );
  if (found !== undefined) return found;
  throw new PolyflowError("config_invalid", `Connection "${connection.connectionId}" is of type "${connection.type}", which has no files.`);
}

async function networkTransport(connection: Connection, settings: ConnectionSettings) {
  if (connection.type === "ftp" || connection.type === "ftps") {
    const { FtpTransport } = await import("./ftp-transport.ts");
    return new FtpTransport(connection, settings);
  }
  const { SftpTransport } = await import("./sftp-transport.ts");
  return new SftpTransport(connection, settings);
}

async function openFolder(connection: Connection, path: string): Promise<GreetingStore> {
  const { LocalTransport } = await import("./local-transport.ts");
  const { TransportStore } = await import("./transport-store.ts");
  const transport = new LocalTransport(path);
  const greeting = async (): Promise<string> => {
    const entries = await transport.listFolder("");
    if (entries === undefined) throw new PolyflowError("file_not_found", `There is no folder ${path} on this machine.`);
    return `Folder ${path} with ${entries.length} entries`;
  };
  return { store: new TransportStore(transport, connection.connectionId), greeting };
}

async function openS3(connection: Connection, settings: ConnectionSettings): Promise<GreetingStore> {
  const { S3Client } = await import("./s3-client.ts");
  const { S3Store } = await import("./s3-store.ts");
  const endpoint = settings.text("endpoint_url");
  const ca = settings.text("ca");
  const client = new S3Client({
    endpoint: endpoint === undefined ? undefined : addressOf(connection, endpoint),
    region: settings.text("region_name") ?? "us-east-1",
    bucket: settings.require("schema"),
    accessKeyId: settings.text("login"),
    secretAccessKey: settings.text("password"),
    sessionToken: settings.text("session_token"),
    pathStyle: settings.text("path_style") === undefined ? endpoint !== undefined : settings.flag("path_style"),
    tls: {
      rejectUnauthorized: !settings.flag("insecure"),
      ...(ca === undefined ? {} : { ca: ca.includes("-----BEGIN") ? ca : readFileSync(ca, "utf8") }),
    },
  });
  const store = new S3Store(client, settings.text("path") ?? "", connection.connectionId);
  return { store, greeting: () => store.greeting() };
}

function addressOf(connection: Connection, text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new PolyflowError(
    "config_invalid",
    `Connection "${connection.connectionId}" has "${text}" as endpoint_url; write https://host[:port].`,
  );
}
