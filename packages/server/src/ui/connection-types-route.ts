import { type UiConnectionTypes, uiConnectionTypes } from "@polyflow/contracts/wire";
import { globally } from "../access/policy.ts";
import type { App, ServerContext } from "../server-context.ts";

/** What forms of connections have; empty where the server knows no providers. */
export function addUiConnectionTypesRoute(app: App, { connections }: ServerContext): void {
  app.get(
    "/connection-types",
    { config: { policy: globally("read", "Connections") }, schema: { hide: true, response: { 200: uiConnectionTypes } } },
    async (): Promise<UiConnectionTypes> => ({ types: [...((await connections?.types()) ?? [])] }),
  );
}
