import { PolyflowError } from "@polyflow/contracts";
import type { IdentityStore, NewUser, UserRecord } from "@polyflow/store";
import { SQLSTATE, errorState } from "../database-error.ts";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

const USER_COLUMNS = `
  u.user_id as "userId", u.username, u.first_name as "firstName", u.last_name as "lastName", u.email, u.is_active as "isActive",
  array(
    select role.name from polyflow.user_role join polyflow.role using (role_id) where user_role.user_id = u.user_id order by role.name
  ) as roles,
  u.created_at as "createdAt", u.last_login as "lastLogin"`;

const COUNT_USERS = statement("count_users", `select count(*) as count from polyflow.app_user`);

/** Parameters: username, names, email, password hash, now. Result: the id. */
const INSERT_USER = statement(
  "insert_user",
  `insert into polyflow.app_user (username, first_name, last_name, email, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)
   returning user_id as "userId"`,
);

/** Parameters: user, role names. Result: the roles that exist. */
const GRANT_ROLES = statement(
  "grant_roles",
  `with granted as (select role_id, name from polyflow.role where name = any($2::text[])),
   saved as (insert into polyflow.user_role (user_id, role_id) select $1, role_id from granted)
   select name from granted`,
);

/** Parameters: username, any case. */
const FIND_USER = statement("find_user", `select ${USER_COLUMNS} from polyflow.app_user u where lower(u.username) = lower($1)`);
const LIST_USERS = statement("list_users", `select ${USER_COLUMNS} from polyflow.app_user u order by lower(u.username)`);

/** Parameters: username. Result: one row when there was one. Roles and sessions go with it. */
const DELETE_USER = statement("delete_user", `delete from polyflow.app_user where lower(username) = lower($1) returning user_id`);

/** Parameters: username. */
const GET_PASSWORD_HASH = statement(
  "get_password_hash",
  `select password_hash as "passwordHash" from polyflow.app_user where lower(username) = lower($1)`,
);

/** Parameters: username, hash. Result: the user. All sessions and tokens of the user end. */
const SET_PASSWORD_HASH = statement(
  "set_password_hash",
  `with changed as (update polyflow.app_user set password_hash = $2 where lower(username) = lower($1) returning user_id),
   ended as (delete from polyflow.session using changed where session.user_id = changed.user_id)
   select user_id from changed`,
);

/** Parameters: user, whether it succeeded, now. */
const RECORD_LOGIN = statement(
  "record_login",
  `update polyflow.app_user set
     last_login = case when $2::boolean then $3::timestamptz else last_login end,
     login_count = login_count + case when $2 then 1 else 0 end,
     fail_login_count = case when $2 then 0 else fail_login_count + 1 end
   where user_id = $1`,
);

type UserRow = { readonly [Column in keyof UserRecord]: UserRecord[Column] };

export function userMethods(
  context: StoreContext,
): Pick<
  IdentityStore,
  "countUsers" | "createUser" | "findUser" | "listUsers" | "deleteUser" | "getPasswordHash" | "setPasswordHash" | "recordLogin"
> {
  const { database } = context;
  return {
    countUsers: async () => (await database.queryOne<{ count: number }>(COUNT_USERS))?.count ?? 0,
    createUser: (user) => createUser(context, user),
    findUser: (username) => database.queryOne<UserRow>(FIND_USER, [username]),
    listUsers: () => database.query<UserRow>(LIST_USERS),
    deleteUser: async (username) => (await database.query(DELETE_USER, [username])).length > 0,
    async getPasswordHash(username) {
      return (await database.queryOne<{ passwordHash: string }>(GET_PASSWORD_HASH, [username]))?.passwordHash;
    },
    async setPasswordHash(username, passwordHash) {
      const changed = await database.query(SET_PASSWORD_HASH, [username, passwordHash]);
      if (changed.length === 0) throw new PolyflowError("not_found", `No user "${username}". Check the name.`);
    },
    async recordLogin(userId, ok) {
      await database.query(RECORD_LOGIN, [userId, ok, nowOf(context)]);
    },
  };
}

async function createUser(context: StoreContext, user: NewUser): Promise<UserRecord> {
  const now = nowOf(context);
  try {
    return await context.database.transaction(async (transaction) => {
      const inserted = await transaction.queryOne<{ userId: number }>(INSERT_USER, [
        user.username,
        user.firstName,
        user.lastName,
        user.email,
        user.passwordHash,
        now,
      ]);
      const granted = await transaction.query<{ name: string }>(GRANT_ROLES, [inserted?.userId, user.roles]);
      const unknown = user.roles.find((role) => !granted.some((row) => row.name === role));
      if (unknown !== undefined) throw new PolyflowError("request_invalid", `No role "${unknown}". Choose an existing role.`);
      const record = await transaction.queryOne<UserRow>(FIND_USER, [user.username]);
      if (record === undefined) throw new PolyflowError("internal", `User "${user.username}" is missing right after its creation.`);
      return record;
    });
  } catch (error) {
    if (errorState(error) !== SQLSTATE.uniqueViolation) throw error;
    throw new PolyflowError("user_exists", `There is already a user "${user.username}". Choose another name.`, { cause: error });
  }
}
