/**
 * Where to go after sign-in: an address of this interface only. `//host`, `/\host` and other sites would let a link
 * that looks like ours lead elsewhere.
 * @example localAddress("https://evil.example/"); // "/"
 */
export function localAddress(next: string | undefined): string {
  if (next === undefined || !/^\/(?![/\\])/.test(next) || /[\u0000-\u001f]/.test(next)) return "/";
  const base = "http://interface.invalid";
  return new URL(next, base).origin === base ? next : "/";
}
