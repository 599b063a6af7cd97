/** The part of pg-copy-streams that the loader uses; the package ships no types. */
declare module "pg-copy-streams" {
  import type { Writable } from "node:stream";
  import type { Connection, Submittable } from "pg";

  export interface CopyStreamQuery extends Writable, Submittable {
    readonly rowCount: number;
    submit(connection: Connection): void;
  }

  /** A stream to write the data of `COPY … FROM STDIN` to; pass it to `client.query`. */
  export function from(statement: string): CopyStreamQuery;
}
