import { PolyflowError } from "@polyflow/contracts";
import type { Connection } from "@polyflow/sdk";
import { type ClosableSqlSession, connectionTypesOf, type Provider } from "@polyflow/sdk/runtime";

/** The provider packages that come with Polyflow. What their modules import is light; clients of systems are imported at use. */
const PACKAGES: { readonly [name: string]: () => Promise<{ readonly provider: Provider }> } = {
  "@polyflow/provider-databases": () => import("@polyflow/provider-databases"),
  "@polyflow/provider-email": () => import("@polyflow/provider-email"),
  "@polyflow/provider-files": () => import("@polyflow/provider-files"),
  "@polyflow/provider-http": () => import("@polyflow/provider-http"),
  "@polyflow/provider-postgres": () => import("@polyflow/provider-postgres"),
  "@polyflow/provider-queues": () => import("@polyflow/provider-queues"),
};

/** All providers, in the order of their names. */
export async function installedProviders(): Promise<readonly Provider[]> {
  return Promise.all(Object.values(PACKAGES).map(async (load) => (await load()).provider));
}

/** What task processes are told of the providers: which module is for which types. */
export async function providerModules(): Promise<readonly { readonly types: readonly string[]; readonly module: string }[]> {
  return Promise.all(
    Object.entries(PACKAGES).map(async ([name, load]) => ({
      types: connectionTypesOf((await load()).provider),
      module: import.meta.resolve(name),
    })),
  );
}

/** @throws PolyflowError `connection_not_found` when none knows the type of the connection */
export async function providerOf(connection: Pick<Connection, "connectionId" | "type">): Promise<Provider> {
  const providers = await installedProviders();
  const found = providers.find((provider) => connectionTypesOf(provider).includes(connection.type));
  if (found !== undefined) return found;
  throw new PolyflowError(
    "connection_not_found",
    `Connection "${connection.connectionId}" has the type "${connection.type}", which no installed provider knows; known are: ` +
      `${providers.flatMap(connectionTypesOf).join(", ")}. \`polyflow providers list\` shows what each is for.`,
  );
}

/** Opens an SQL session on a connection of any type that has them. */
export async function openSqlSession(connection: Connection): Promise<ClosableSqlSession> {
  const { openSql, sqlConnectionTypes } = await providerOf(connection);
  if (openSql !== undefined && sqlConnectionTypes.includes(connection.type)) return openSql(connection);
  throw new PolyflowError(
    "request_invalid",
    `Connection "${connection.connectionId}" is of type "${connection.type}", which runs no SQL. Name a connection to a database.`,
  );
}
