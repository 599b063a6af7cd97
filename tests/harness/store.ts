import type { createPostgresStore } from "@polyflow/store-postgres";

export type Store = Awaited<ReturnType<typeof createPostgresStore>>;
