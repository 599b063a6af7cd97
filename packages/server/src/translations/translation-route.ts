import { uiTranslations } from "@polyflow/contracts/wire";
import { z } from "zod";
import type { App, ServerContext } from "../server-context.ts";

/** The administrator's own words for a language. The page of sign-in needs them as well, and they are no secret. */
export function addUiTranslationRoute(app: App, { translations }: ServerContext): void {
  app.get(
    "/translations/:language",
    {
      config: { policy: "public" },
      schema: { hide: true, params: z.object({ language: z.string().max(10) }), response: { 200: uiTranslations } },
    },
    async (request) => ({ entries: [...(await translations.entries(request.params.language))] }),
  );
}
