import type { FastifyReply, FastifyRequest } from "fastify";

/** One year, as browsers' preload lists ask. */
const STRICT_TRANSPORT = "max-age=31536000; includeSubDomains";

/**
 * Scripts come from our own files alone. Styles may stand in elements, since the interface's components (Mantine, React Flow)
 * position things by `style` attributes; a style can spoil a page's look, but runs no code and loads nothing from elsewhere.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
  "script-src 'self'",
  "script-src-attr 'none'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
];

/** Puts the security headers on an answer; called for each one before anything else, errors included. */
export type SecurityHeaders = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * The headers never change, so that they are put together once: the usual middleware parses the policy anew for each answer, which
 * costs more than a heartbeat of a worker.
 * @param secure whether browsers come over HTTPS.
 */
export function securityHeaders(secure: boolean): SecurityHeaders {
  const headers = {
    "content-security-policy": [...CONTENT_SECURITY_POLICY, ...(secure ? ["upgrade-insecure-requests"] : [])].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
    // What is computed for one caller is nobody else's: static files set their own value.
    "cache-control": "no-store",
    ...(secure ? { "strict-transport-security": STRICT_TRANSPORT } : {}),
  };
  return (request, reply) => void reply.headers(headers).header("x-request-id", request.id);
}
