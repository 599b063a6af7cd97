import { permissionsOfRole } from "@polyflow/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalJson } from "../canonical-json.ts";
import { only, TestStore } from "../fixture/test-store.ts";

let t: TestStore;
beforeAll(async () => {
  t = await TestStore.open();
  await t.store.identity.syncBuiltInRoles();
});
afterAll(() => t.close());

const person = (username: string, roles: readonly string[]) => ({
  username,
  firstName: "Ann",
  lastName: "Lee",
  email: `${username}@example.org`,
  passwordHash: "$argon2id$…",
  roles,
});

test("built-in roles are brought in line, custom roles stay (D2)", async () => {
  await t.sql("insert into polyflow.role (name, is_built_in) values ('Custom', false)");
  await t.sql("insert into polyflow.role_permission select role_id, 'read', 'DAGs', 'one' from polyflow.role where name = 'Custom'");
  await t.sql(
    "delete from polyflow.role_permission p using polyflow.role r where r.role_id = p.role_id and r.name = 'Viewer' and p.resource = 'DAGs'",
  );
  await t.sql("insert into polyflow.role_permission select role_id, 'edit', 'Users' from polyflow.role where name = 'Viewer'");
  await Promise.all([t.store.identity.syncBuiltInRoles(), (await t.another()).identity.syncBuiltInRoles()]);
  const viewer = await t.store.identity.createUser(person("viewer", ["Viewer"]));
  const principal = await t.store.identity.getPrincipal(viewer.userId);
  const sorted = (rights: readonly object[]) => rights.map((right) => canonicalJson(right)).sort();
  expect(sorted(principal?.permissions ?? [])).toEqual(sorted(permissionsOfRole("Viewer")));
  const custom = await t.store.identity.createUser(person("custom", ["Custom"]));
  expect((await t.store.identity.getPrincipal(custom.userId))?.permissions).toEqual([{ action: "read", resource: "DAGs", dagId: "one" }]);
});

test("a user is found whatever the case, a name is used once, roles must exist", async () => {
  const before = await t.store.identity.countUsers();
  const created = await t.store.identity.createUser(person("Bob", ["Admin", "Op"]));
  expect(created).toMatchObject({ username: "Bob", roles: ["Admin", "Op"], isActive: true, createdAt: t.now, lastLogin: null });
  expect(await t.store.identity.findUser("bOB")).toEqual(created);
  await expect(t.store.identity.createUser(person("BOB", []))).rejects.toMatchObject({ code: "user_exists" });
  await expect(t.store.identity.createUser(person("carl", ["Nobody"]))).rejects.toMatchObject({ code: "request_invalid" });
  expect(await t.store.identity.countUsers()).toBe(before + 1);
  expect((await t.store.identity.listUsers()).map((user) => user.username)).toContain("Bob");
  await t.store.identity.recordLogin(created.userId, false);
  expect((await t.store.identity.findUser("bob"))?.lastLogin).toBeNull();
  await t.store.identity.recordLogin(created.userId, true);
  expect((await t.store.identity.findUser("bob"))?.lastLogin).toEqual(t.now);
});

test("a session lives until it expires, is ended, the password changes, or its user is switched off (D1)", async () => {
  const { identity } = t.store;
  const { userId } = await identity.createUser(person("dora", ["User"]));
  const session = (tokenHash: string) => ({ tokenHash, userId, kind: "cookie" as const, expiresAt: new Date(t.now.getTime() + 3_600_000) });
  await identity.createSession(session("one"));
  await identity.createSession({ ...session("two"), kind: "token" });
  expect(await identity.findSession("one")).toMatchObject({ kind: "cookie", principal: { userId, username: "dora" } });
  expect(await identity.findSession("two")).toMatchObject({ kind: "token", principal: { userId } });
  await identity.deleteSession("one");
  expect(await identity.findSession("one")).toBeUndefined();
  await identity.setPasswordHash("dora", "$argon2id$new");
  expect(await identity.findSession("two")).toBeUndefined();
  expect(await identity.getPasswordHash("dora")).toBe("$argon2id$new");
  await expect(identity.setPasswordHash("nobody", "x")).rejects.toMatchObject({ code: "not_found" });

  await identity.createSession(session("three"));
  t.advance(60_000);
  await identity.findSession("three");
  expect(only(await t.sql("select last_used_at as used from polyflow.session"))).toEqual({ used: t.now });
  await t.sql("update polyflow.app_user set is_active = false where user_id = $1", [userId]);
  expect(await identity.findSession("three")).toBeUndefined();
  expect(await identity.getPrincipal(userId)).toBeUndefined();
  await t.sql("update polyflow.app_user set is_active = true where user_id = $1", [userId]);
  t.advance(3_600_000);
  expect(await identity.findSession("three")).toBeUndefined();
  expect(await identity.deleteUser("DORA")).toBe(true);
  expect(await identity.deleteUser("DORA")).toBe(false);
});

test("nobody has the rights of Public, and everybody has them too (D2)", async () => {
  expect((await t.store.identity.getPublicPrincipal()).permissions).toEqual([]);
  await t.sql("insert into polyflow.role_permission select role_id, 'read', 'Website' from polyflow.role where name = 'Public'");
  expect((await t.store.identity.getPublicPrincipal()).permissions).toEqual([{ action: "read", resource: "Website" }]);
  const { userId } = await t.store.identity.createUser(person("plain", []));
  expect((await t.store.identity.getPrincipal(userId))?.permissions).toEqual([{ action: "read", resource: "Website" }]);
});

test("the audit log is appended, filtered and paged, newest first (D5)", async () => {
  const entry = { username: "ann", remoteAddress: "127.0.0.1", dagId: null, runId: null, taskId: null, details: { why: "test \0" } };
  for (const event of ["sign_in", "trigger_dag_run", "sign_in"]) {
    t.advance(1);
    await t.store.identity.appendAudit({ ...entry, event, dagId: event === "sign_in" ? null : "d" });
  }
  expect((await t.store.identity.listAudit(2, 0)).map((row) => row.event)).toEqual(["sign_in", "trigger_dag_run"]);
  const page = await t.store.identity.pageAudit({ event: "sign_in", limit: 1, offset: 1, orderBy: "when" });
  expect([page.total, page.rows.length]).toEqual([2, 1]);
  expect(only((await t.store.identity.pageAudit({ dagId: "d", limit: 5, offset: 0 })).rows)).toMatchObject({ details: { why: "test \0" } });
});
