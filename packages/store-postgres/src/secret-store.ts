import { PolyflowError } from "@polyflow/contracts";
import type { ConnectionRecord, SecretStore, VariableRecord } from "@polyflow/store";
import type { Database } from "./database.ts";
import type { Fernet } from "./fernet.ts";
import { statement } from "./statement.ts";

const CONNECTION_COLUMNS = `connection_id as "connectionId", type, description, host, port, login, password_token as "passwordToken", schema,
  extra_token as "extraToken"`;

/** Parameters: connection id. */
const GET_CONNECTION = statement("get_connection", `select ${CONNECTION_COLUMNS} from polyflow.connection where connection_id = $1`);
const LIST_CONNECTIONS = statement("list_connections", `select ${CONNECTION_COLUMNS} from polyflow.connection order by connection_id`);

/** Parameters: columns, then whether an existing one is replaced. Result: one row when it was saved. */
const SAVE_CONNECTION = statement(
  "save_connection",
  `insert into polyflow.connection as existing (
     connection_id, type, description, host, port, login, password_token, schema, extra_token
   ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
   on conflict (connection_id) do update set
     type = excluded.type, description = excluded.description, host = excluded.host, port = excluded.port, login = excluded.login,
     password_token = excluded.password_token, schema = excluded.schema, extra_token = excluded.extra_token
   where $10
   returning connection_id`,
);

/** Parameters: connection id. Result: one row when it was there. */
const DELETE_CONNECTION = statement(
  "delete_connection",
  `delete from polyflow.connection where connection_id = $1 returning connection_id`,
);

const VARIABLE_COLUMNS = `key, value_token as "valueToken", description`;

/** Parameters: key. */
const GET_VARIABLE = statement("get_variable", `select ${VARIABLE_COLUMNS} from polyflow.variable where key = $1`);
const LIST_VARIABLES = statement("list_variables", `select ${VARIABLE_COLUMNS} from polyflow.variable order by key`);

/** Parameters: key, value, description. */
const SAVE_VARIABLE = statement(
  "save_variable",
  `insert into polyflow.variable (key, value_token, description) values ($1, $2, $3)
   on conflict (key) do update set value_token = excluded.value_token, description = excluded.description`,
);

/** Parameters: key. Result: one row when it was there. */
const DELETE_VARIABLE = statement("delete_variable", `delete from polyflow.variable where key = $1 returning key`);

type ConnectionRow = Omit<ConnectionRecord, "password" | "extra"> & {
  readonly passwordToken: string | null;
  readonly extraToken: string | null;
};
type VariableRow = { readonly key: string; readonly valueToken: string; readonly description: string | null };

/** Connections and variables; what is secret in them is encrypted before it reaches the database. */
export function createSecretStore(database: Database, fernet: Fernet): SecretStore {
  function openConnection({ passwordToken, extraToken, ...columns }: ConnectionRow): ConnectionRecord {
    return naming(`connection "${columns.connectionId}"`, () => ({
      ...columns,
      password: passwordToken === null ? null : fernet.decrypt(passwordToken),
      extra: extraToken === null ? {} : JSON.parse(fernet.decrypt(extraToken)),
    }));
  }
  function openVariable({ valueToken, ...columns }: VariableRow): VariableRecord {
    return naming(`variable "${columns.key}"`, () => ({ ...columns, value: fernet.decrypt(valueToken) }));
  }

  return {
    async getConnection(connectionId) {
      const row = await database.queryOne<ConnectionRow>(GET_CONNECTION, [connectionId]);
      return row === undefined ? undefined : openConnection(row);
    },
    async listConnections() {
      return (await database.query<ConnectionRow>(LIST_CONNECTIONS)).map(openConnection);
    },
    async saveConnection(connection, { overwrite }) {
      const saved = await database.query(SAVE_CONNECTION, [
        connection.connectionId,
        connection.type,
        connection.description,
        connection.host,
        connection.port,
        connection.login,
        connection.password === null ? null : fernet.encrypt(connection.password),
        connection.schema,
        Object.keys(connection.extra).length === 0 ? null : fernet.encrypt(JSON.stringify(connection.extra)),
        overwrite,
      ]);
      if (saved.length > 0) return;
      throw new PolyflowError(
        "connection_exists",
        `There is already a connection "${connection.connectionId}". Choose another id, or change that one.`,
      );
    },
    deleteConnection: async (connectionId) => (await database.query(DELETE_CONNECTION, [connectionId])).length > 0,

    async getVariable(key) {
      const row = await database.queryOne<VariableRow>(GET_VARIABLE, [key]);
      return row === undefined ? undefined : openVariable(row);
    },
    async listVariables() {
      return (await database.query<VariableRow>(LIST_VARIABLES)).map(openVariable);
    },
    async saveVariable(variable) {
      await database.query(SAVE_VARIABLE, [variable.key, fernet.encrypt(variable.value), variable.description]);
    },
    encryptAnew: () => encryptAnew(database, fernet),
    deleteVariable: async (key) => (await database.query(DELETE_VARIABLE, [key])).length > 0,
  };
}

/** Says whose secret it is that cannot be read. */
function naming<Result>(subject: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof PolyflowError)) throw error;
    throw new PolyflowError(error.code, `The secret of the ${subject}: ${error.message}`, { cause: error });
  }
}

/** Result: tokens of connections. Locks: connection, by id. */
const LOCK_CONNECTIONS = statement(
  "lock_connections",
  `select connection_id as "connectionId", password_token as "passwordToken", extra_token as "extraToken"
   from polyflow.connection order by connection_id for update`,
);
/** Parameters: connection id, tokens. Locks held: connection. */
const SET_CONNECTION_TOKENS = statement(
  "set_connection_tokens",
  `update polyflow.connection set password_token = $2, extra_token = $3 where connection_id = $1`,
);
/** Result: tokens of variables. Locks: variable, by key. */
const LOCK_VARIABLES = statement(
  "lock_variables",
  `select key, value_token as "valueToken" from polyflow.variable order by key for update`,
);
/** Parameters: key, token. Locks held: variable. */
const SET_VARIABLE_TOKEN = statement("set_variable_token", `update polyflow.variable set value_token = $2 where key = $1`);

type ConnectionTokens = { readonly connectionId: string; readonly passwordToken: string | null; readonly extraToken: string | null };

/** See SecretStore.encryptAnew. Lock order: connection, variable. */
function encryptAnew(database: Database, fernet: Fernet): Promise<{ readonly connections: number; readonly variables: number }> {
  return database.transaction(async (transaction) => {
    const connections = await transaction.query<ConnectionTokens>(LOCK_CONNECTIONS);
    for (const { connectionId, passwordToken, extraToken } of connections) {
      const anew = (token: string | null) =>
        token === null ? null : naming(`connection "${connectionId}"`, () => fernet.encrypt(fernet.decrypt(token)));
      await transaction.query(SET_CONNECTION_TOKENS, [connectionId, anew(passwordToken), anew(extraToken)]);
    }
    const variables = await transaction.query<{ key: string; valueToken: string }>(LOCK_VARIABLES);
    for (const { key, valueToken } of variables) {
      const token = naming(`variable "${key}"`, () => fernet.encrypt(fernet.decrypt(valueToken)));
      await transaction.query(SET_VARIABLE_TOKEN, [key, token]);
    }
    return { connections: connections.length, variables: variables.length };
  });
}
