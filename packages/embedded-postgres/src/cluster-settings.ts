/** For a small footprint beside Node on a machine that does other things too. Administrators may change all of it in postgresql.conf. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ["max_connections", "60"],
  ["shared_buffers", "64MB"],
  ["work_mem", "8MB"],
  ["maintenance_work_mem", "64MB"],
  ["huge_pages", "off"],
  ["jit", "off"],
  ["random_page_cost", "1.1"],
  ["fsync", "on"],
  ["synchronous_commit", "on"],
  ["autovacuum", "on"],
  // Nobody replicates from an embedded database; without that, COPY into a table of the same transaction writes no WAL.
  ["wal_level", "minimal"],
  ["max_wal_senders", "0"],
  ["max_logical_replication_workers", "0"],
  ["max_wal_size", "1GB"],
  ["password_encryption", "scram-sha-256"],
  ["timezone", "UTC"],
  ["log_timezone", "UTC"],
  ["log_min_messages", "warning"],
  ["log_checkpoints", "off"],
  ["log_line_prefix", "%m [%p] %q%u@%d "],
  ["lc_messages", "C"],
];

/** Speed instead of durability, for clusters that are thrown away. */
const THROW_AWAY: readonly (readonly [string, string])[] = [
  ["max_connections", "200"],
  ["fsync", "off"],
  ["full_page_writes", "off"],
  ["synchronous_commit", "off"],
];

/** Lines for the end of postgresql.conf; of a setting given twice the last one counts. */
export function clusterSettings(major: number, durable: boolean): string {
  // Reading ahead by worker processes (new in 18) gains nothing at this size and costs three processes.
  const version18: readonly (readonly [string, string])[] = major >= 18 ? [["io_method", "sync"]] : [];
  const settings = [...SETTINGS, ...version18, ...(durable ? [] : THROW_AWAY)];
  return `\n# Set by Polyflow when it created this cluster.\n${settings.map(([name, value]) => `${name} = '${value}'`).join("\n")}\n`;
}
