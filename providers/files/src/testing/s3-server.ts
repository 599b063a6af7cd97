import type { Connection } from "@polyflow/sdk";
import { startFauxqs } from "fauxqs";

/** An S3 service of one test file, in memory. */
export interface S3Server {
  readonly connection: Connection;
  stop(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
  server.createBucket("exchange");
  return {
    connection: {
      connectionId: "bucket",
      type: "s3",
      host: null,
      port: null,
      login: "test",
      password: "test",
      schema: "exchange",
      extra: { endpoint_url: `http://127.0.0.1:${server.port}`, path: "daily" },
    },
    stop: () => server.stop(),
  };
}
