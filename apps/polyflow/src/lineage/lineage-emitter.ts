import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { PolyflowError } from "@polyflow/contracts";
import { backoffMs, type Clock, type Logger } from "@polyflow/service-kit";
import type { ConnectionRecord, LineageRecord, LineageStore } from "@polyflow/store";
import { z } from "zod";
import type { LineageNames } from "./dataset-facets.ts";
import { openLineageEvent } from "./open-lineage-event.ts";
import { warehouseName } from "./warehouse-name.ts";

const EVERY_MS = 1000;
const AT_ONCE = 200;
const TIMEOUT_MS = 10_000;
const AFTER_ERROR = { firstMs: 1000, maxMs: 60_000 };

/** `[openlineage] transport`, with Airflow's names. */
const transport = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("http"),
    url: z.url(),
    endpoint: z.string().default("api/v1/lineage"),
    auth: z.strictObject({ type: z.literal("api_key"), apiKey: z.string().min(1) }).optional(),
  }),
  z.strictObject({ type: z.literal("file"), log_file_path: z.string().min(1) }),
]);
type Transport = z.infer<typeof transport>;

/** @throws PolyflowError `config_invalid`, without what was given: it may hold a key */
export function lineageTransport(setting: string): Transport {
  try {
    return transport.parse(JSON.parse(setting));
  } catch (error) {
    const example = '{"type": "http", "url": "http://marquez:5000"} or {"type": "file", "log_file_path": "/srv/lineage.jsonl"}';
    throw new PolyflowError("config_invalid", `[openlineage] transport is not understood. It looks like ${example}.`, { cause: error });
  }
}

export interface LineageEmitterParts {
  readonly store: LineageStore;
  readonly transport: Transport;
  readonly names: LineageNames;
  /** Where loads lead: for the names of their tables. */
  readonly connection: (connectionId: string) => Promise<ConnectionRecord | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

/** Hands events over, in their order and at least once; what cannot be handed over stays in the outbox. Nothing of a run waits for it. */
export class LineageEmitter {
  readonly #parts: LineageEmitterParts;
  #cancel: () => void = () => undefined;
  #failures = 0;
  #hasEnded = false;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: LineageEmitterParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    await this.#parts.store.setLineage(true);
    this.#next(0);
  }

  async stop(): Promise<void> {
    this.#hasEnded = true;
    this.#cancel();
    await this.#work;
  }

  /** Hands over what is there. @returns how many events */
  async emit(): Promise<number> {
    const { store, names } = this.#parts;
    const records = await store.listLineage(AT_ONCE);
    for (const record of records) {
      await this.#send(openLineageEvent(record, { ...names, warehouses: await this.#warehousesOf(record) }));
      await store.forgetLineage([record.lineageId]);
    }
    return records.length;
  }

  async #warehousesOf({ loads }: LineageRecord): Promise<NonNullable<LineageNames["warehouses"]>> {
    const ids = [...new Set(loads.map(({ target }) => target.connection))];
    const found = await Promise.all(ids.map((id) => this.#parts.connection(id)));
    return new Map(
      found.flatMap((connection) => {
        const name = connection === undefined ? undefined : warehouseName(connection);
        return connection === undefined || name === undefined ? [] : [[connection.connectionId, name] as const];
      }),
    );
  }

  #next(delayMs: number): void {
    if (this.#hasEnded) return;
    this.#cancel = this.#parts.clock.schedule(delayMs, () => {
      this.#work = this.#tick();
    });
  }

  async #tick(): Promise<void> {
    const { logger, random } = this.#parts;
    try {
      const count = await this.emit();
      this.#failures = 0;
      this.#next(count === AT_ONCE ? 0 : EVERY_MS);
    } catch (error) {
      this.#failures += 1;
      logger[this.#failures === 1 ? "warn" : "debug"]("lineage cannot be handed over; it is kept and tried again", {
        error: String(error),
      });
      this.#next(backoffMs(this.#failures, { ...AFTER_ERROR, random }));
    }
  }

  async #send(event: object): Promise<void> {
    const to = this.#parts.transport;
    if (to.type === "file") {
      await mkdir(dirname(to.log_file_path), { recursive: true });
      return appendFile(to.log_file_path, `${JSON.stringify(event)}\n`);
    }
    const answer = await fetch(`${to.url.replace(/\/+$/, "")}/${to.endpoint.replace(/^\/+/, "")}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(to.auth === undefined ? {} : { authorization: `Bearer ${to.auth.apiKey}` }) },
      body: JSON.stringify(event),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new PolyflowError("external_system_failed", `The receiver of lineage answered with status ${answer.status}.`);
  }
}
