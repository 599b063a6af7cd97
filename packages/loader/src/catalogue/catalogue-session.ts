import type { Client } from "pg";

/** The connection that the questions of a catalogue run on. */
export interface CatalogueSession {
  readonly client: Client;
  /** Schema of the system tables, quoted. */
  readonly schema: string;
}
