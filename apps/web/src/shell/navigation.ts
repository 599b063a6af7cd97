import {
  IconActivity,
  IconAdjustments,
  IconAlarm,
  IconAlertTriangle,
  IconArrowsExchange,
  IconCalendarRepeat,
  IconCode,
  IconCpu,
  IconDatabase,
  IconHistory,
  IconHourglass,
  IconLayoutDashboard,
  IconListCheck,
  IconMailOff,
  IconPackage,
  IconPlug,
  IconPuzzle,
  IconSitemap,
  IconSwimming,
  IconVariable,
} from "@tabler/icons-react";
import type { MyRights } from "../access/use-rights.ts";
import { msgid } from "../i18n/msgid.ts";

/** A page that the navigation and the command palette lead to. */
export interface NavigationPage {
  readonly to: string;
  readonly label: string;
  readonly Icon: typeof IconSitemap;
  readonly allowed: (rights: MyRights) => boolean;
}

export interface NavigationGroup {
  readonly name: string;
  readonly label: string;
  readonly pages: readonly NavigationPage[];
}

const everywhere = (action: string, resource: string) => (rights: MyRights) => rights.everywhere(action, resource);
const somewhere = (resource: string) => (rights: MyRights) => rights.somewhere("read", resource);

/** Pages that stand above the groups. */
export const MAIN_PAGES: readonly NavigationPage[] = [
  { to: "/dags", label: msgid("Processes"), Icon: IconSitemap, allowed: () => true },
  { to: "/home", label: msgid("Overview"), Icon: IconLayoutDashboard, allowed: () => true },
  { to: "/data-assets", label: msgid("Assets"), Icon: IconDatabase, allowed: everywhere("read", "Assets") },
  { to: "/data", label: msgid("Data"), Icon: IconDatabase, allowed: everywhere("read", "Data") },
];

export const NAVIGATION_GROUPS: readonly NavigationGroup[] = [
  {
    name: "browse",
    label: msgid("Browse"),
    pages: [
      { to: "/browse/runs", label: msgid("Runs"), Icon: IconActivity, allowed: somewhere("DAG Runs") },
      { to: "/browse/tasks", label: msgid("Task instances"), Icon: IconListCheck, allowed: somewhere("Task Instances") },
      { to: "/browse/waits", label: msgid("Triggers and waits"), Icon: IconHourglass, allowed: somewhere("Task Instances") },
      { to: "/browse/deadlines", label: msgid("Missed deadlines"), Icon: IconAlarm, allowed: somewhere("DAG Runs") },
      { to: "/browse/dead-letters", label: msgid("Dead letters"), Icon: IconMailOff, allowed: somewhere("Task Instances") },
      { to: "/browse/backfills", label: msgid("Backfills"), Icon: IconCalendarRepeat, allowed: somewhere("Backfills") },
      { to: "/browse/import-errors", label: msgid("Import errors"), Icon: IconAlertTriangle, allowed: everywhere("read", "ImportError") },
      { to: "/browse/jobs", label: msgid("Jobs"), Icon: IconCpu, allowed: everywhere("read", "Jobs") },
      { to: "/browse/audit", label: msgid("Audit log"), Icon: IconHistory, allowed: everywhere("read", "Audit Logs") },
    ],
  },
  {
    name: "admin",
    label: msgid("Administration"),
    pages: [
      { to: "/admin/variables", label: msgid("Variables"), Icon: IconVariable, allowed: everywhere("read", "Variables") },
      { to: "/admin/connections", label: msgid("Connections"), Icon: IconPlug, allowed: everywhere("read", "Connections") },
      { to: "/admin/pools", label: msgid("Pools"), Icon: IconSwimming, allowed: everywhere("read", "Pools") },
      { to: "/admin/xcoms", label: msgid("XComs"), Icon: IconArrowsExchange, allowed: somewhere("XComs") },
      { to: "/code", label: msgid("DAGs code editor"), Icon: IconCode, allowed: everywhere("edit", "DAG Code") },
      { to: "/admin/configuration", label: msgid("Configuration"), Icon: IconAdjustments, allowed: everywhere("read", "Configurations") },
      { to: "/admin/providers", label: msgid("Providers"), Icon: IconPackage, allowed: everywhere("read", "Providers") },
      { to: "/admin/plugins", label: msgid("Plugins"), Icon: IconPuzzle, allowed: everywhere("read", "Plugins") },
    ],
  },
];
