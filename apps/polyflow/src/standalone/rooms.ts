/** The modules of all services: loaded when Polyflow starts, not for other commands. */
export type Rooms = Awaited<ReturnType<typeof loadRooms>>;

export async function loadRooms() {
  const [storePostgres, server, scheduler, executorLocal, taskRunner, dagProcessor] = await Promise.all([
    import("@polyflow/store-postgres"),
    import("@polyflow/server"),
    import("@polyflow/scheduler"),
    import("@polyflow/executor-local"),
    import("@polyflow/task-runner"),
    import("@polyflow/dag-processor"),
  ]);
  return { storePostgres, server, scheduler, executorLocal, taskRunner, dagProcessor };
}
