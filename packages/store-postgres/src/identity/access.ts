import { BUILT_IN_ROLES, type Permission, permissionsOfRole } from "@polyflow/contracts";
import type { IdentityStore, LiveSession, Principal } from "@polyflow/store";
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

/**
 * The rights that the condition picks, as text: a list of `[action, resource, dag]`, the last null for all DAGs; a right that several roles
 * give comes once.
 */
function permissionsText(condition: string): string {
  return `(select coalesce(json_agg(json_build_array(p.action, p.resource, p.dag_id)), '[]')::text from (
    select distinct p.action, p.resource, p.dag_id from polyflow.role_permission p join polyflow.role using (role_id) ${condition}
    order by p.action, p.resource, p.dag_id
  ) p)`;
}

/** A user (`u`) with the rights of all roles; Public's rights are everybody's. */
const PRINCIPAL_COLUMNS = `u.user_id as "userId", u.username,
  array(select role.name from polyflow.user_role join polyflow.role using (role_id) where user_role.user_id = u.user_id order by role.name) as roles,
  ${permissionsText(`where role.name = 'Public' or role.role_id in (select role_id from polyflow.user_role where user_id = u.user_id)`)} as permissions`;

/** Parameters: user. Result: an active user. */
const GET_PRINCIPAL = statement(
  "get_principal",
  `select ${PRINCIPAL_COLUMNS} from polyflow.app_user u where u.user_id = $1 and u.is_active`,
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

/** Parameters: token hash, now. Result: the session while it lives and its user is active, with the user: each request asks this. */
const FIND_SESSION = statement(
  "find_session",
  `select session.kind, session.last_used_at as "lastUsedAt", ${PRINCIPAL_COLUMNS}
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

type PrincipalRow = { readonly [Column in keyof Omit<Principal, "permissions">]: Principal[Column] } & { readonly permissions: string };
type SessionRow = PrincipalRow & { readonly kind: "cookie" | "token"; readonly lastUsedAt: Date };

/** Sets of rights that are kept read; there are about as many as roles. */
const MOST_SETS = 200;

export function accessMethods(
  context: StoreContext,
): Pick<IdentityStore, "syncBuiltInRoles" | "getPrincipal" | "getPublicPrincipal" | "createSession" | "findSession" | "deleteSession"> {
  const { database } = context;
  const permissionsOf = permissionReader();
  const principalOf = ({ userId, username, roles, permissions }: PrincipalRow): Principal => ({
    userId,
    username,
    roles,
    permissions: permissionsOf(permissions),
  });
  return {
    syncBuiltInRoles: () => syncBuiltInRoles(context),
    async getPrincipal(userId) {
      const row = await database.queryOne<PrincipalRow>(GET_PRINCIPAL, [userId]);
      return row === undefined ? undefined : principalOf(row);
    },
    async getPublicPrincipal() {
      const row = await database.queryOne<{ permissions: string }>(GET_PUBLIC_PERMISSIONS);
      return principalOf({ userId: 0, username: "anonymous", roles: ["Public"], permissions: row?.permissions ?? "[]" });
    },
    async createSession(session) {
      const values = [session.tokenHash, session.userId, session.kind, nowOf(context), session.expiresAt];
      await database.query(CREATE_SESSION, values);
    },
    findSession: (tokenHash) => findSession(context, tokenHash, principalOf),
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
  principalOf: (row: PrincipalRow) => Principal,
): Promise<LiveSession | undefined> {
  const now = nowOf(context);
  const session = await context.database.queryOne<SessionRow>(FIND_SESSION, [tokenHash, now]);
  if (session === undefined) return undefined;
  if (now.getTime() - session.lastUsedAt.getTime() >= USE_NOTED_EVERY_MS) {
    await context.database.query(NOTE_SESSION_USE, [tokenHash, now]);
  }
  return { kind: session.kind, principal: principalOf(session) };
}

/** Reads rights; the same text gives the same list, so that what follows from it can be kept by it. */
function permissionReader(): (text: string) => readonly Permission[] {
  const known = new Map<string, readonly Permission[]>();
  return (text) => {
    const kept = known.get(text);
    if (kept !== undefined) return kept;
    const rows = JSON.parse(text) as readonly (readonly [Permission["action"], Permission["resource"], string | null])[];
    const permissions = rows.map(([action, resource, dagId]) => ({ action, resource, ...(dagId === null ? {} : { dagId }) }));
    if (known.size >= MOST_SETS) known.clear();
    known.set(text, permissions);
    return permissions;
  };
}
