import { readdirSync } from "node:fs";
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
  const files = new Set(readdirSync(webRoot, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/")));
  await app.register(
    async (scope) => {
      await scope.register(compress, { encodings: ["br", "gzip"], threshold: 1024 });
      await scope.register(staticFiles, { root: webRoot, serve: false, cacheControl: false });
      scope.get("/*", { config: { policy: "public" }, schema: { hide: true } }, (request, reply) =>
        sendFile(request, reply, { basePath: options.basePath, files }),
      );
    },
    { prefix: options.basePath },
  );
}

interface Served {
  readonly basePath: string;
  /** What the built interface consists of. Addresses of pages may look like file names: ids have dots. */
  readonly files: ReadonlySet<string>;
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, { basePath, files }: Served): Promise<FastifyReply> {
  const path = request.url.slice(basePath.length).split("?", 1)[0] ?? "/";
  if (API_PREFIXES.some((prefix) => path.startsWith(prefix) || `${path}/` === prefix)) throw notFound(request);
  const name = pathName(request);
  const isHashed = path.startsWith(HASHED_FOLDER);
  if (!isHashed && (name === "" || !files.has(name))) return reply.header("cache-control", "no-cache").sendFile("index.html");
  reply.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
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
