import type { IdentityStore } from "@polyflow/store";
import type { StoreContext } from "../store-context.ts";
import { accessMethods } from "./access.ts";
import { auditMethods } from "./audit.ts";
import { userMethods } from "./users.ts";

export function createIdentityStore(context: StoreContext): IdentityStore {
  return { ...userMethods(context), ...accessMethods(context), ...auditMethods(context) };
}
