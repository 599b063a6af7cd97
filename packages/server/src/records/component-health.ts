import { isPolyflowError } from "@polyflow/contracts";
import type { ComponentHealth, Store } from "@polyflow/store";

/** A component without a sign of life for this long counts as dead (Airflow's `scheduler_health_check_threshold`). */
const ALIVE_MS = 30_000;

export interface Health {
  readonly metadatabase: "healthy" | "unhealthy";
  /** `status` null: never seen. */
  readonly components: readonly (ComponentHealth & { readonly status: "healthy" | "unhealthy" | null })[];
}

/** State of the database and of each component by its last heartbeat; never throws for a database that is away. */
export async function componentHealth(store: Store, nowMs: number): Promise<Health> {
  try {
    const heartbeats = await store.listHeartbeats();
    return { metadatabase: "healthy", components: heartbeats.map((component) => ({ ...component, status: statusOf(component, nowMs) })) };
  } catch (error) {
    if (!isPolyflowError(error, "database_unavailable")) throw error;
    return { metadatabase: "unhealthy", components: [] };
  }
}

function statusOf(component: ComponentHealth, nowMs: number): "healthy" | "unhealthy" | null {
  if (component.lastHeartbeat === null) return null;
  return isAlive(component.lastHeartbeat, nowMs) ? "healthy" : "unhealthy";
}

/** Whether a sign of life is recent enough. */
export function isAlive(heartbeat: Date, nowMs: number): boolean {
  return nowMs - heartbeat.getTime() < ALIVE_MS;
}
