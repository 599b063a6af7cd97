import type { FastifyReply, FastifyRequest } from "fastify";

/** Where the session's secret lies in the browser. */
export interface SessionCookie {
  read(request: FastifyRequest): string | undefined;
  set(reply: FastifyReply, secret: string): void;
  clear(reply: FastifyReply): void;
}

/**
 * The cookie is out of reach for scripts and is not sent along from other sites. `__Host-` binds it to this very host, but browsers take
 * that prefix only for path `/` over HTTPS; below a base path it is `__Secure-`.
 */
export function sessionCookie(options: { readonly secure: boolean; readonly basePath: string; readonly ttlMs: number }): SessionCookie {
  const path = options.basePath === "" ? "/" : options.basePath;
  const name = `${options.secure ? (path === "/" ? "__Host-" : "__Secure-") : ""}polyflow_session`;
  const attributes = { path, httpOnly: true, sameSite: "lax", secure: options.secure } as const;
  return {
    read: (request) => request.cookies[name],
    set: (reply, secret) => void reply.setCookie(name, secret, { ...attributes, maxAge: Math.floor(options.ttlMs / 1000) }),
    clear: (reply) => void reply.clearCookie(name, attributes),
  };
}
