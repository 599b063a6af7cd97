import { BUILT_IN_ROLES, type Permission, permissionsOfRole } from "@polyflow/contracts";
import type { IdentityStore, Principal } from "@polyflow/store";
import { statement } from "../statement.ts";
import { nowOf, type StoreContext } from "../store-context.ts";

/** How often the use of a session is noted: a row version for each request would be waste. */
const USE_NOTED_EVERY_MS = 60_000;

/** Parameters: name. Result: the id. Locks: role. */
const SAVE_BUILT_IN_ROLE = statement(
  "save_built_in_role",
  `insert into polyflow.role (name, is_built_in) values ($1, true)
   on conflict (name) do update set is_built_in = true
   returning role_id as "roleId"`,
);

/** Parameters: role, actions, resources. Rights that the role has no longer go, rights of single DAGs as well. */
const REVOKE_OTHER_PERMISSIONS = statement(
  "revoke_other_permissions",
  `delete from polyflow.role_permission p
   where p.role_id = $1 and (
     p.dag_id is not null
     or not exists (select from unnest($2::text[], $3::text[]) granted (action, resource) where (p.action, p.resource) = (granted.action, granted.resource))
   )`,
);

/** Parameters: role, actions, resources. */
const GRANT_PERMISSIONS = statement(
  "grant_permissions",
  `insert into polyflow.role_permission (role_id, action, resource)
   select $1, action, resource from unnest($2::text[], $3::text[]) granted (action, resource)
   on conflict do nothing`,
);

/** JSON of the rights that the condition picks; a right that several roles give comes once. */
function permissionsText(condition: string): string {
  return `coalesce((
    select json_agg(distinct_right.value) from (
      select distinct jsonb_strip_nulls(jsonb_build_object('action', p.action, 'resource', p.resource, 'dagId', p.dag_id)) as value
      from polyflow.role_permission p join polyflow.role using (role_id) ${condition}
    ) distinct_right
  ), '[]')`;
}

/** Parameters: user. Result: an active user with the rights of all roles; Public's rights are everybody's. */
const GET_PRINCIPAL = statement(
  "get_principal",
  `select u.user_id as "userId", u.username,
          array(select role.name from polyflow.user_role join polyflow.role using (role_id) where user_role.user_id = u.user_id order by role.name) as roles,
          ${permissionsText(`where role.name = 'Public' or role.role_id in (select role_id from polyflow.user_role where user_id = $1)`)} as permissions
   from polyflow.app_user u where u.user_id = $1 and u.is_active`,
);

/** Result: the rights of role Public. */
const GET_PUBLIC_PERMISSIONS = statement(
  "get_public_permissions",
  `select ${permissionsText(`where role.name = 'Public'`)} as permissions`,
);

/** Parameters: token hash, user, kind, now, expiry. Sessions that are over go at the same time. */
const CREATE_SESSION = statement(
  "create_session",
  `with expired as (delete from polyflow.session where expires_at <= $4::timestamptz)
   insert into polyflow.session (token_hash, user_id, kind, created_at, expires_at, last_used_at)
   values ($1, $2, $3, $4::timestamptz, $5::timestamptz, $4::timestamptz)`,
);

/** Parameters: token hash, now. Result: the session while it lives and its user is active. */
const FIND_SESSION = statement(
  "find_session",
  `select session.user_id as "userId", session.kind, session.last_used_at as "lastUsedAt"
   from polyflow.session join polyflow.app_user u using (user_id)
   where session.token_hash = $1 and session.expires_at > $2 and u.is_active`,
);

/** Parameters: token hash, now. */
const NOTE_SESSION_USE = statement(
  "note_session_use",
  `with lazily as (select set_config('synchronous_commit', 'off', true))
   update polyflow.session set last_used_at = $2 from lazily where token_hash = $1`,
);

/** Parameters: token hash. */
const DELETE_SESSION = statement("delete_session", `delete from polyflow.session where token_hash = $1`);

type SessionRow = { readonly userId: number; readonly kind: "cookie" | "token"; readonly lastUsedAt: Date };
type PrincipalRow = { readonly [Column in keyof Principal]: Principal[Column] };

export function accessMethods(
  context: StoreContext,
): Pick<IdentityStore, "syncBuiltInRoles" | "getPrincipal" | "getPublicPrincipal" | "createSession" | "findSession" | "deleteSession"> {
  const { database } = context;
  return {
    syncBuiltInRoles: () => syncBuiltInRoles(context),
    getPrincipal: (userId) => database.queryOne<PrincipalRow>(GET_PRINCIPAL, [userId]),
    async getPublicPrincipal() {
      const row = await database.queryOne<{ permissions: readonly Permission[] }>(GET_PUBLIC_PERMISSIONS);
      return { userId: 0, username: "anonymous", roles: ["Public"], permissions: row?.permissions ?? [] };
    },
    async createSession(session) {
      const values = [session.tokenHash, session.userId, session.kind, nowOf(context), session.expiresAt];
      await database.query(CREATE_SESSION, values);
    },
    findSession: (tokenHash) => findSession(context, tokenHash),
    async deleteSession(tokenHash) {
      await database.query(DELETE_SESSION, [tokenHash]);
    },
  };
}

async function syncBuiltInRoles({ database }: StoreContext): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const name of BUILT_IN_ROLES) {
      const role = await transaction.queryOne<{ roleId: number }>(SAVE_BUILT_IN_ROLE, [name]);
      const permissions = permissionsOfRole(name);
      const values = [role?.roleId, permissions.map((right) => right.action), permissions.map((right) => right.resource)];
      await Promise.all([transaction.query(REVOKE_OTHER_PERMISSIONS, values), transaction.query(GRANT_PERMISSIONS, values)]);
    }
  });
}

async function findSession(
  context: StoreContext,
  tokenHash: string,
): Promise<{ readonly userId: number; readonly kind: "cookie" | "token" } | undefined> {
  const now = nowOf(context);
  const session = await context.database.queryOne<SessionRow>(FIND_SESSION, [tokenHash, now]);
  if (session === undefined) return undefined;
  if (now.getTime() - session.lastUsedAt.getTime() >= USE_NOTED_EVERY_MS) {
    await context.database.query(NOTE_SESSION_USE, [tokenHash, now]);
  }
  return { userId: session.userId, kind: session.kind };
}
