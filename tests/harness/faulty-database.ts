import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { FaultyProxy } from "./faulty-proxy.ts";
import { seededRandom } from "./random-dags.ts";
import { FAULT_SEED, FAULT_SHARE } from "./storage-faults.ts";

/** Databases of a whole Polyflow: the one of its metadata behind a proxy that breaks connections, and a warehouse that is reached directly. */
export class FaultyDatabase {
  readonly #adminUrl: string;
  readonly #proxy: FaultyProxy;
  readonly #name = `t_${randomBytes(6).toString("hex")}`;

  private constructor(adminUrl: string, proxy: FaultyProxy) {
    this.#adminUrl = adminUrl;
    this.#proxy = proxy;
  }

  static async create(adminUrl: string): Promise<FaultyDatabase> {
    const { hostname, port } = new URL(adminUrl);
    const proxy = await FaultyProxy.start({ host: hostname, port: Number(port) }, seededRandom(FAULT_SEED));
    const database = new FaultyDatabase(adminUrl, proxy);
    await database.#asAdministrator(`create database ${database.#name}`, `create database ${database.#name}_warehouse`);
    return database;
  }

  /** For the environment of Polyflow. */
  get environment(): { readonly [name: string]: string } {
    return { POLYFLOW__DATABASE__URL: this.#url(this.#name, this.#proxy.port), AIRFLOW_CONN_DF: this.#url(`${this.#name}_warehouse`) };
  }

  /** From now on calls fail. */
  begin(): void {
    this.#proxy.share = FAULT_SHARE;
    console.log(`storage faults: ${FAULT_SHARE * 100} % of what is sent to PostgreSQL, seed ${FAULT_SEED}`);
  }

  end(): void {
    this.#proxy.share = 0;
  }

  get faults(): number {
    return this.#proxy.faults;
  }

  async drop(): Promise<void> {
    await this.#proxy.stop();
    await this.#asAdministrator(`drop database ${this.#name} with (force)`, `drop database ${this.#name}_warehouse with (force)`);
  }

  async #asAdministrator(...statements: readonly string[]): Promise<void> {
    const client = new Client(this.#adminUrl);
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  #url(database: string, port?: number): string {
    const url = new URL(this.#adminUrl);
    url.pathname = `/${database}`;
    if (port !== undefined) url.port = String(port);
    return url.href;
  }
}
