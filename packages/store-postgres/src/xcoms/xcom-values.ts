import { randomUUID } from "node:crypto";
import { type JsonValue, PolyflowError } from "@polyflow/contracts";
import type { XComStorage } from "@polyflow/store";

/** Stands in the database for a value that stands in the store. A user's value of this form goes to the store itself, so that none is forged. */
const MARK = "$polyflow.stored";

/** A value as its row holds it. */
export interface KeptValue {
  readonly json: string;
  /** Key in the store; null: the value is in the row. */
  readonly stored: string | null;
  /** Over so many elements a task can be mapped; null: over none. */
  readonly itemCount: number | null;
}

export interface XComValuesOptions {
  /** Without one everything stays in the database. */
  readonly storage: XComStorage | undefined;
  /** Larger values go to the store. */
  readonly maxDatabaseBytes: number;
}

/** Decides where values stand, and fetches those that stand in the store. */
export class XComValues {
  readonly #options: XComValuesOptions;

  constructor(options: XComValuesOptions) {
    this.#options = options;
  }

  /** Keeps a value; what went to the store is taken out again by `forget` when its row is not written. */
  async keep(value: JsonValue): Promise<KeptValue> {
    const json = JSON.stringify(value);
    const itemCount = itemCountOf(value);
    const { storage, maxDatabaseBytes } = this.#options;
    // Lists as well: the outputs of a mapped task are read as one.
    const isForged = isStored(value);
    if (storage === undefined) {
      if (isForged) throw new PolyflowError("request_invalid", `A value cannot have "${MARK}" as the only property of an object.`);
      return { json, stored: null, itemCount };
    }
    if (!isForged && Buffer.byteLength(json) <= maxDatabaseBytes) return { json, stored: null, itemCount };
    const id = randomUUID();
    const stored = `${id.slice(0, 2)}/${id}.json`;
    await storage.write(stored, json);
    return { json: JSON.stringify({ [MARK]: stored }), stored, itemCount };
  }

  async forget({ stored }: KeptValue): Promise<void> {
    if (stored !== null) await this.#options.storage?.remove(stored);
  }

  /** The value that a row stands for. */
  async resolve(value: JsonValue): Promise<JsonValue> {
    const key = keyOf(value);
    if (key === undefined) return value;
    const { storage } = this.#options;
    if (storage === undefined) throw new PolyflowError("xcom_unavailable", "The value stands in a store that this process does not know.");
    return JSON.parse(await storage.read(key)) as JsonValue;
  }

  /** Values by task; those of mapped tasks are lists of values. */
  async resolveOutputs(outputs: { readonly [taskId: string]: JsonValue }): Promise<{ readonly [taskId: string]: JsonValue }> {
    const entries = Object.entries(outputs);
    if (!entries.some(([, value]) => isStored(value))) return outputs;
    const resolved = entries.map(async ([taskId, value]) => {
      const whole = await this.resolve(value);
      // Of a list that was in one row no element is a mark: such a list went to the store. So these elements were rows themselves.
      return [taskId, isList(value) ? await Promise.all(value.map((element) => this.resolve(element))) : whole] as const;
    });
    return Object.fromEntries(await Promise.all(resolved));
  }

  async remove(stored: string): Promise<void> {
    await this.#options.storage?.remove(stored);
  }
}

function isStored(value: JsonValue): boolean {
  return keyOf(value) !== undefined || (isList(value) && value.some((element) => keyOf(element) !== undefined));
}

/** The key in the store when the value is a mark. */
function keyOf(value: JsonValue): string | undefined {
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  const key = value[MARK];
  return typeof key === "string" && Object.keys(value).length === 1 ? key : undefined;
}

function itemCountOf(value: JsonValue): number | null {
  if (typeof value !== "object" || value === null) return null;
  return isList(value) ? value.length : Object.keys(value).length;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
