import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian packages that tests use: the command that shows whether one is there, and what goes without it. */
const PACKAGES = [
  { name: "chromium", command: "chromium", without: "the browser tests" },
  { name: "openssh-server", command: "sshd", without: "the tests of SFTP" },
  { name: "mariadb-server", command: "mariadbd", without: "the tests of MySQL and MariaDB" },
  { name: "rabbitmq-server", command: "rabbitmq-server", without: "the tests of RabbitMQ" },
  { name: "redis-server", command: "redis-server", without: "the tests of Redis" },
];

/** Installs what is missing where we may (root on Debian or its kin); says what will be skipped where we may not. */
export function ensureSystemPackages() {
  const missing = PACKAGES.filter(({ command }) => !isOnPath(command));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    console.error(`${names.join(", ")} not found: ${missing.map(({ without }) => without).join(", ")} will be skipped.`);
    return;
  }
  console.error(`Installing Debian packages for the tests: ${names.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = () =>
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], { stdio: ["ignore", "ignore", "inherit"], env });
  if (install().status === 0) return;
  spawnSync("apt-get", ["update", "-qq"], { stdio: ["ignore", "ignore", "inherit"], env });
  if (install().status !== 0)
    console.error(`${names.join(", ")} could not be installed: ${missing.map(({ without }) => without).join(", ")} will be skipped.`);
}

function isOnPath(command) {
  // servers lie where a user's PATH may not look
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => existsSync(join(folder, command)));
}
