import { type InterfaceColors, PolyflowError, readInterfaceColors } from "@polyflow/contracts";
import { type UiSession, uiColors, uiSession } from "@polyflow/contracts/wire";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Caller, Credential } from "../access/caller.ts";
import { signedInCallerOf } from "../access/caller-of.ts";
import { sha256Hex } from "../access/secret-text.ts";
import type { App, ServerContext } from "../server-context.ts";

const credentials = z.strictObject({ username: z.string().min(1).max(250), password: z.string().max(10_000) });

/** Where the colours stand among what users keep for themselves. */
const COLORS = "colors";
const OWN = "own";

/** Signing in and out of the interface: a cookie that scripts cannot read, and a token against forged requests. */
export function addUiSessionRoutes(app: App, context: ServerContext): void {
  const { sessions, cookie, signIn, store } = context;

  app.post(
    "/session",
    { config: { policy: "public", audit: "sign_in" }, schema: { hide: true, body: credentials, response: { 200: uiSession } } },
    async (request, reply) => {
      refuseOtherSites(request);
      const { secret, caller } = await signIn.signIn(request, request.body, "cookie");
      const former = cookie.read(request);
      if (former !== undefined) await sessions.close(sha256Hex(former));
      cookie.set(reply, secret);
      return sessionView(caller, context);
    },
  );

  app.get("/session", { config: { policy: "authenticated" }, schema: { hide: true, response: { 200: uiSession } } }, async (request) =>
    sessionView(signedInCallerOf(request), context),
  );

  app.delete("/session", { config: { policy: "authenticated", audit: "sign_out" }, schema: { hide: true } }, async (request, reply) => {
    await sessions.close(signedInCallerOf(request).credential.tokenHash);
    cookie.clear(reply);
    return reply.code(204).send();
  });

  app.put(
    "/colors",
    { config: { policy: "authenticated", audit: "save_colors" }, schema: { hide: true, body: uiColors } },
    async (request, reply) => {
      const query = JSON.stringify(request.body);
      await store.dagList.saveView(signedInCallerOf(request).principal.userId, COLORS, { name: OWN, query });
      return reply.code(204).send();
    },
  );

  /** They are kept as views are: the user's own, gone with the account. */
  async function ownColors(userId: number): Promise<InterfaceColors | null> {
    const kept = (await store.dagList.listViews(userId, COLORS)).find(({ name }) => name === OWN);
    return kept === undefined ? null : readInterfaceColors(JSON.parse(kept.query));
  }

  async function sessionView(caller: Caller, { version, timezone, colors }: ServerContext): Promise<UiSession> {
    const user = await store.identity.findUser(caller.principal.username);
    const displayName = `${user?.firstName ?? ""} ${user?.lastName ?? ""}`.trim();
    return {
      username: caller.principal.username,
      displayName: displayName === "" ? caller.principal.username : displayName,
      roles: [...caller.principal.roles],
      permissions: [...caller.principal.permissions],
      csrfToken: csrfToken(caller.credential),
      version,
      timezone,
      colors: { installation: colors, own: await ownColors(caller.principal.userId) },
    };
  }

  /** Only calls with a cookie need one; for bearer tokens it is empty. */
  function csrfToken(credential: Credential | undefined): string {
    return credential?.kind === "cookie" ? sessions.csrfToken(credential) : "";
  }
}

/** Nobody may be signed in by a page of another site under an account that is not theirs. */
function refuseOtherSites(request: FastifyRequest): void {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return;
  throw new PolyflowError("csrf_rejected", "Sign in from Polyflow's own page.");
}
