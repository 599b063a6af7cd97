import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** One year, as browsers' preload lists ask. */
const HSTS_SECONDS = 31_536_000;

/**
 * Puts security headers on every answer, errors included.
 *
 * Scripts come from our own files alone. Styles may stand in elements, since the interface's components (Mantine, React Flow)
 * position things by `style` attributes; a style can spoil a page's look, but runs no code and loads nothing from elsewhere.
 */
export async function addSecurityHeaders(app: FastifyInstance, options: { readonly secure: boolean }): Promise<void> {
  await app.register(helmet, {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        ...(options.secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    frameguard: { action: "deny" },
    hsts: options.secure ? { maxAge: HSTS_SECONDS, includeSubDomains: true } : false,
    referrerPolicy: { policy: "same-origin" },
    crossOriginEmbedderPolicy: false,
  });
  // What is computed for one caller is nobody else's: static files set their own value.
  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store").header("x-request-id", request.id);
  });
}

/** For an answer that is given before any hook runs (an address that cannot be decoded): nothing may be loaded from it at all. */
export function addStrictHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "x-request-id": request.id,
  });
}
