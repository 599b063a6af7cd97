/** What can be done to a resource (Airflow's FAB actions, without the prefix). */
export const ACTIONS = ["create", "read", "edit", "delete", "menu"] as const;
export type Action = (typeof ACTIONS)[number];

/** Kinds of resources; names as Airflow's users know them. */
export const RESOURCES = [
  "DAGs",
  "DAG Code",
  "DAG Runs",
  "DAG Versions",
  "DAG Warnings",
  "Backfills",
  "Task Instances",
  "Task Logs",
  "XComs",
  "Assets",
  "Asset Aliases",
  "ImportError",
  "Connections",
  "Variables",
  "Pools",
  "Configurations",
  "Audit Logs",
  "Jobs",
  "Triggers",
  "SLA Misses",
  "Plugins",
  "Providers",
  "Data",
  "Users",
  "Roles",
  "My Profile",
  "My Password",
  "Website",
] as const;
export type Resource = (typeof RESOURCES)[number];

/** One right; `dagId` limits it to one DAG, without it it holds for all. */
export interface Permission {
  readonly action: Action;
  readonly resource: Resource;
  readonly dagId?: string;
}

export const BUILT_IN_ROLES = ["Public", "Viewer", "User", "Op", "Admin"] as const;
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number];

type Grants = { readonly [resource in Resource]?: readonly Action[] };

const VIEWER: Grants = {
  DAGs: ["read", "menu"],
  "DAG Code": ["read"],
  "DAG Runs": ["read", "menu"],
  "DAG Versions": ["read"],
  "DAG Warnings": ["read"],
  Backfills: ["read", "menu"],
  "Task Instances": ["read", "menu"],
  "Task Logs": ["read"],
  XComs: ["read"],
  Assets: ["read", "menu"],
  "Asset Aliases": ["read"],
  ImportError: ["read"],
  Pools: ["read"],
  Jobs: ["read", "menu"],
  "SLA Misses": ["read", "menu"],
  Data: ["read", "menu"],
  "My Profile": ["read", "edit"],
  "My Password": ["read", "edit"],
  Website: ["read"],
};
const USER: Grants = {
  DAGs: ["edit", "delete"],
  "DAG Runs": ["create", "edit", "delete"],
  Backfills: ["create", "edit"],
  "Task Instances": ["create", "edit", "delete"],
};
const OP: Grants = {
  // Corrects rejects, dismisses differences, looks at files with the layout designer; what is saved for loads is DAG Code.
  Data: ["edit"],
  Assets: ["create", "edit", "delete"],
  Configurations: ["read", "menu"],
  Connections: ["create", "read", "edit", "delete", "menu"],
  Variables: ["create", "read", "edit", "delete", "menu"],
  Pools: ["create", "edit", "delete", "menu"],
  XComs: ["create", "edit", "delete", "menu"],
  Plugins: ["read", "menu"],
  Providers: ["read", "menu"],
};
const ADMIN: Grants = {
  // Who writes code decides what tasks do: nobody below an administrator has it unless a role of one's own gives it.
  "DAG Code": ["create", "edit", "delete", "menu"],
  "Audit Logs": ["read", "menu"],
  Triggers: ["read", "menu"],
  Users: ["create", "read", "edit", "delete", "menu"],
  Roles: ["create", "read", "edit", "delete", "menu"],
};

/** Rights of the built-in roles; each role has those of the one before it as well. */
const OWN_GRANTS: readonly (readonly [BuiltInRole, Grants])[] = [
  ["Public", {}],
  ["Viewer", VIEWER],
  ["User", USER],
  ["Op", OP],
  ["Admin", ADMIN],
];

/**
 * The rights of a built-in role, those of the lower roles included.
 * @example permissionsOfRole("Viewer").some((p) => p.action === "read" && p.resource === "DAGs"); // true
 */
export function permissionsOfRole(role: BuiltInRole): readonly Permission[] {
  const permissions: Permission[] = [];
  for (const [name, grants] of OWN_GRANTS) {
    for (const [resource, actions] of Object.entries(grants)) {
      for (const action of actions) permissions.push({ action, resource: resource as Resource });
    }
    if (name === role) return permissions;
  }
  return permissions;
}
