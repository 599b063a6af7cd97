import { signedInCallerOf } from "../access/caller-of.ts";
import type { App } from "../server-context.ts";
import type { RestContext } from "./rest-context.ts";
import { loginAnswer, loginBody } from "./schemas/admin-schemas.ts";
import { errors, noContent } from "./schemas/common.ts";

const tags = ["Sign-in"];

/** Bearer tokens for programs: opaque, kept as a hash, ended by `DELETE` or when the password changes. */
export function addAuthTokenRoutes(app: App, { signIn, sessions }: RestContext): void {
  for (const url of ["/auth/token", "/auth/token/cli"]) {
    app.post(
      url,
      {
        config: { policy: "public", audit: "sign_in" },
        schema: {
          tags,
          summary: "Get a bearer token",
          security: [],
          body: loginBody,
          response: { 201: loginAnswer, 401: errors.one[401], 422: errors.one[422] },
        },
      },
      async (request, reply) => {
        const { secret } = await signIn.signIn(request, request.body, "token");
        return reply.code(201).send({ access_token: secret });
      },
    );
  }

  app.delete(
    "/auth/token",
    {
      config: { policy: "authenticated", audit: "sign_out" },
      schema: { tags, summary: "End the token that this call carries", response: { 204: noContent, 401: errors.one[401] } },
    },
    async (request, reply) => {
      await sessions.close(signedInCallerOf(request).credential.tokenHash);
      return reply.code(204).send();
    },
  );
}
