/**
 * Where to go after sign-in: an address of this interface only. `//host`, `/\host` and other sites would let a link
 * that looks like ours lead elsewhere.
 * @example localAddress("https://evil.example/"); // "/"
 */
export function localAddress(next: string | undefined): string {
  // Browsers drop tabs and newlines from addresses: "/\t/host" would become "//host".
  // oxlint-disable-next-line no-control-regex
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\u0000-\u001f]/.test(next)) return "/";
  const base = "http://interface.invalid";
  return new URL(next, base).origin === base ? next : "/";
}
