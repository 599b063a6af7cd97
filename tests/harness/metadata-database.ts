import { randomBytes } from "node:crypto";
import { silentLogger, systemClock } from "@polyflow/service-kit";
import { createPostgresStore, generateFernetKey, migrate } from "@polyflow/store-postgres";
import { Client, type QueryResultRow } from "pg";
import { faultyStore } from "./faulty-store.ts";
import { seededRandom } from "./random-dags.ts";
import { FAULT_SEED, FAULT_SHARE } from "./storage-faults.ts";
import type { Store } from "./store.ts";

const PASSWORD = "of-a-role-of-a-test";

/** A migrated metadata database of its own, and the ways in which its server can fail. */
export class MetadataDatabase {
  readonly #adminUrl: string;
  readonly #name = `t_${randomBytes(6).toString("hex")}`;
  readonly #admin: Client;
  readonly #fernetKey = generateFernetKey();
  readonly #stores: Store[] = [];
  readonly #roles: string[] = [];
  readonly #random = seededRandom(FAULT_SEED);

  private constructor(adminUrl: string) {
    this.#adminUrl = adminUrl;
    this.#admin = new Client(adminUrl);
  }

  static async create(adminUrl: string): Promise<MetadataDatabase> {
    const database = new MetadataDatabase(adminUrl);
    await database.#admin.connect();
    await database.#admin.query(`create database ${database.#name}`);
    await migrate({ url: database.#url(), logger: silentLogger });
    return database;
  }

  /** A store of another process; with a role of its own it can be cut off alone. */
  async open(role?: string): Promise<Store> {
    if (role !== undefined) {
      await this.#admin.query(`create role ${this.#roleName(role)} superuser login password '${PASSWORD}'`);
      this.#roles.push(role);
    }
    const url = this.#url(role);
    const store = await createPostgresStore({ url, fernetKeys: [this.#fernetKey], clock: systemClock, logger: silentLogger });
    this.#stores.push(store);
    return FAULT_SHARE === 0 ? store : faultyStore(store, FAULT_SHARE, this.#random).store;
  }

  /** What becomes of a killed process, as the database sees it: its connections end and none follow. */
  async cutOff(role: string): Promise<void> {
    await this.#admin.query(`alter role ${this.#roleName(role)} nologin`);
    await this.#admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [this.#roleName(role)]);
  }

  /** Ends all connections at once, as a restart of the server does. */
  async endAllConnections(): Promise<void> {
    await this.#admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [this.#name]);
  }

  async sql<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const client = new Client(this.#url());
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  async drop(): Promise<void> {
    for (const store of this.#stores) await store.close();
    await this.#admin.query(`drop database ${this.#name} with (force)`);
    for (const role of this.#roles) await this.#admin.query(`drop role ${this.#roleName(role)}`);
    await this.#admin.end();
  }

  #roleName(role: string): string {
    return `${this.#name}_${role}`;
  }

  #url(role?: string): string {
    const url = new URL(this.#adminUrl);
    url.pathname = `/${this.#name}`;
    if (role !== undefined) {
      url.username = this.#roleName(role);
      url.password = PASSWORD;
    }
    return url.href;
  }
}
