import type { JsonObject, Permission } from "@polyflow/contracts";
import type { Page } from "./dag-store.ts";

export interface UserRecord {
  readonly userId: number;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly isActive: boolean;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  readonly lastLogin: Date | null;
}

export interface NewUser {
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** argon2id hash. */
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

/** A signed-in user with the rights of all roles. */
export interface Principal {
  readonly userId: number;
  readonly username: string;
  readonly roles: readonly string[];
  readonly permissions: readonly Permission[];
}

/** A session that has not ended. Of users with the same rights the list of permissions is the same object. */
export interface LiveSession {
  readonly kind: "cookie" | "token";
  readonly principal: Principal;
}

export interface AuditEntry {
  readonly at: Date;
  readonly username: string | null;
  readonly remoteAddress: string | null;
  /** Verb and object: `trigger_dag_run`, `sign_in`, `sign_in_failed`, `edit_dag`, … */
  readonly event: string;
  readonly dagId: string | null;
  readonly runId: string | null;
  readonly taskId: string | null;
  readonly details: JsonObject;
}

/** An audit row with its number, which grows with time. */
export interface AuditRecord extends AuditEntry {
  readonly auditId: number;
}

export interface AuditFilter {
  readonly auditId?: number;
  readonly username?: string;
  readonly event?: string;
  readonly dagId?: string;
  readonly runId?: string;
  readonly taskId?: string;
  readonly limit: number;
  readonly offset: number;
  /** Default `-when`: newest first. */
  readonly orderBy?: "when" | "-when";
}

export interface IdentityStore {
  /** Brings the built-in roles in line with `contracts` (custom roles stay as they are). */
  syncBuiltInRoles(): Promise<void>;
  countUsers(): Promise<number>;
  /** @throws PolyflowError `user_exists` when the name is taken, in whatever case; `request_invalid` for a role that does not exist. */
  createUser(user: NewUser): Promise<UserRecord>;
  findUser(username: string): Promise<UserRecord | undefined>;
  /** All users, by name. */
  listUsers(): Promise<readonly UserRecord[]>;
  /** Deletes a user with all sessions and tokens; the audit log keeps the name. @returns whether there was one. */
  deleteUser(username: string): Promise<boolean>;
  getPasswordHash(username: string): Promise<string | undefined>;
  /** Changes the password and ends all sessions and tokens of the user. */
  setPasswordHash(username: string, passwordHash: string): Promise<void>;
  /** Rights of an active user; undefined when unknown or inactive. */
  getPrincipal(userId: number): Promise<Principal | undefined>;
  /** Rights of nobody: role Public. */
  getPublicPrincipal(): Promise<Principal>;
  /** Sessions are kept by the SHA-256 of their secret; cookie and API token alike. */
  createSession(session: {
    readonly tokenHash: string;
    readonly userId: number;
    readonly kind: "cookie" | "token";
    readonly expiresAt: Date;
  }): Promise<void>;
  /** A live session with its active user; notes that it was used (at most once a minute). */
  findSession(tokenHash: string): Promise<LiveSession | undefined>;
  deleteSession(tokenHash: string): Promise<void>;
  recordLogin(userId: number, ok: boolean): Promise<void>;
  appendAudit(entry: Omit<AuditEntry, "at">): Promise<void>;
  listAudit(limit: number, offset: number): Promise<readonly AuditEntry[]>;
  pageAudit(filter: AuditFilter): Promise<Page<AuditRecord>>;
}
