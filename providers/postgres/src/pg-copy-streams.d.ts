/** The part of pg-copy-streams that this provider uses; the package ships no types. */
declare module "pg-copy-streams" {
  import type { Readable } from "node:stream";
  import type { Connection, Submittable } from "pg";

  export interface CopyToStreamQuery extends Readable, Submittable {
    submit(connection: Connection): void;
  }

  /** A stream of the data of `COPY … TO STDOUT`; pass it to `client.query`. */
  export function to(statement: string): CopyToStreamQuery;
}
