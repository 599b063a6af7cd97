import { BULK_CONNECTION_TYPES } from "@polyflow/contracts";
import { type LoadResult, type LoadSubject, openBulkMemory, openSourceMemory, runBulkLoad, runLoad } from "@polyflow/loader";
import type { ExternalPlace } from "@polyflow/metadata-model";
import type { Connection, TaskContext } from "@polyflow/sdk";
import { loadExternal } from "./load-external.ts";
import { warehouseClient } from "./warehouse-client.ts";

/** How loads get into the database of a connection. */
export interface LoadTarget {
  /** Loads a file of this machine. */
  file(request: LoadSubject): Promise<LoadResult>;
  /** Loads records of a system, and what was read of it with them. */
  external(request: LoadSubject, external: ExternalPlace): Promise<LoadResult>;
}

/**
 * PostgreSQL and its kin take loads by COPY; MS SQL Server and ClickHouse through a session of their provider.
 * @throws PolyflowError `config_invalid` for a connection that flows do not load into
 */
export function targetOf(context: TaskContext, connection: Connection): LoadTarget {
  const database = BULK_CONNECTION_TYPES[connection.type];
  if (database === undefined) {
    const client = warehouseClient(connection);
    const postgres = (request: LoadSubject) => ({ ...request, target: { ...request.target, client } });
    return {
      file: (request) => runLoad(postgres(request)),
      external: async (request, external) => {
        const memory = await openSourceMemory(postgres(request));
        const run = (piece: LoadSubject, next: Parameters<typeof memory.remember>[1]) =>
          runLoad({ ...postgres(piece), beforeCommit: (within) => memory.remember(within, next) });
        return loadExternal(context, request, { external, memory, run });
      },
    };
  }
  const open = () => context.bulk(connection);
  const bulk = (request: LoadSubject) => ({ ...request, target: { ...request.target, database, open } });
  return {
    file: (request) => runBulkLoad(bulk(request)),
    external: async (request, external) => {
      const memory = await openBulkMemory(bulk(request));
      const run = (piece: LoadSubject, next: Parameters<Parameters<typeof loadExternal>[2]["run"]>[1]) =>
        runBulkLoad({ ...bulk(piece), progress: { before: memory.state, ...next } });
      return loadExternal(context, request, { external, memory, run });
    },
  };
}
