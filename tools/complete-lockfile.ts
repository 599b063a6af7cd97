/**
 * `node tools/complete-lockfile.ts`, after every `npm install` that changed package-lock.json.
 *
 * npm leaves out of the lock file those optional packages (binaries for other platforms) that the registry at hand does not have,
 * and `npm ci` then refuses the file. This adds them: the version comes from the package that wants them, the platform from their name.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

const FILE = "package-lock.json";
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/darwin/, "darwin"],
  [/win32|windows/, "win32"],
  [/android/, "android"],
  [/freebsd/, "freebsd"],
  [/openharmony/, "openharmony"],
  [/netbsd/, "netbsd"],
  [/openbsd/, "openbsd"],
  [/sunos/, "sunos"],
  [/aix/, "aix"],
  [/linux/, "linux"],
];
const PROCESSORS = ["arm64", "x64", "ia32", "ppc64", "riscv64", "s390x", "loong64", "mips64el", "arm"] as const;

const lock = JSON.parse(readFileSync(FILE, "utf8")) as { packages: Record<string, LockedPackage> };
const added: string[] = [];
for (const [path, wanting] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(wanting.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    const platform = platformOf(name);
    if (place in lock.packages || `${path}/${place}` in lock.packages || platform === undefined) continue;
    lock.packages[place] = { version, ...(wanting.dev === true ? { dev: true } : {}), optional: true, ...platform };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? "The lock file was complete." : `Added ${added.length} packages of other platforms: ${added.join(", ")}`);

function platformOf(name: string): Pick<LockedPackage, "os" | "cpu" | "libc"> | undefined {
  const system = SYSTEMS.find(([pattern]) => pattern.test(name))?.[1];
  if (system === undefined) return name.includes("wasm32") ? { cpu: ["wasm32"] } : undefined;
  const processor = PROCESSORS.find((candidate) => name.includes(candidate));
  const libc = /musl/.test(name) ? "musl" : /gnu/.test(name) ? "glibc" : undefined;
  return { os: [system], ...(processor === undefined ? {} : { cpu: [processor] }), ...(libc === undefined ? {} : { libc: [libc] }) };
}
