import { resolve } from "node:path";
import compress from "@fastify/compress";
import staticFiles from "@fastify/static";
import { PolyflowError } from "@polyflow/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Paths that programs call; what is not found there is answered in JSON, never with the interface's page. */
const API_PREFIXES = ["/api/", "/ui/", "/execution/", "/auth/", "/openapi.json"];
/** Built files carry a hash of their content in the name, so that they never change. */
const HASHED_FOLDER = "/assets/";

/**
 * Serves the built interface: files as they are, `index.html` for every other address (its router knows what to show).
 * Without a folder unknown addresses are answered with 404.
 */
export async function addWebInterface(
  app: FastifyInstance,
  options: { readonly webRoot: string | undefined; readonly basePath: string },
): Promise<void> {
  const webRoot = options.webRoot === undefined ? undefined : resolve(options.webRoot);
  app.setNotFoundHandler((request) => {
    throw notFound(request);
  });
  if (webRoot === undefined) return;
  await app.register(
    async (scope) => {
      await scope.register(compress, { encodings: ["br", "gzip"], threshold: 1024 });
      await scope.register(staticFiles, { root: webRoot, serve: false, cacheControl: false });
      scope.get("/*", { config: { policy: "public" }, schema: { hide: true } }, (request, reply) =>
        sendFile(request, reply, options.basePath),
      );
    },
    { prefix: options.basePath },
  );
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, basePath: string): Promise<FastifyReply> {
  const path = request.url.slice(basePath.length).split("?", 1)[0] ?? "/";
  if (API_PREFIXES.some((prefix) => path.startsWith(prefix) || `${path}/` === prefix)) throw notFound(request);
  const name = pathName(request);
  const isFile = /\.[\w-]+$/.test(name);
  if (!isFile) return reply.header("cache-control", "no-cache").sendFile("index.html");
  reply.header("cache-control", path.startsWith(HASHED_FOLDER) ? "public, max-age=31536000, immutable" : "no-cache");
  return reply.sendFile(name);
}

function pathName(request: FastifyRequest): string {
  const params = request.params;
  const rest: unknown = typeof params === "object" && params !== null ? Reflect.get(params, "*") : "";
  return typeof rest === "string" ? rest : "";
}

function notFound(request: FastifyRequest): PolyflowError {
  return new PolyflowError("not_found", `There is nothing under this address for ${request.method}.`);
}
