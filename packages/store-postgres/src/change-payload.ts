import type { ChangeEvent } from "@polyflow/contracts";

/** PostgreSQL refuses payloads of 8,000 bytes and more. */
const MAX_PAYLOAD_BYTES = 7_000;

/** What travels by NOTIFY: who sent it, and what was committed; no events: "I have begun to listen". */
export interface ChangePayload {
  readonly origin: string;
  readonly events: readonly ChangeEvent[];
}

/** Events that do not fit become one `resync`: hints are never cut into several messages. */
export function encodeChanges(payload: ChangePayload): string {
  const text = JSON.stringify(payload);
  if (Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES) return text;
  return JSON.stringify({ origin: payload.origin, events: [{ kind: "resync" }] } satisfies ChangePayload);
}

/** Undefined when it is no payload of ours (anybody who may connect can send one). */
export function decodeChanges(text: string): ChangePayload | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("origin" in value) || !("events" in value)) return undefined;
    if (typeof value.origin !== "string" || !Array.isArray(value.events)) return undefined;
    return { origin: value.origin, events: value.events as readonly ChangeEvent[] };
  } catch {
    return undefined;
  }
}
