import { useSuspenseQuery } from "@tanstack/react-query";
import { sessionQuery, type UiSession } from "../api/session.ts";

/** Whether the signed-in user may do something. The server decides; the interface only leaves out what it would refuse. */
export interface MyRights {
  /** The right for everything of its kind. */
  everywhere(action: string, resource: string): boolean;
  /** The right for at least one DAG. */
  somewhere(action: string, resource: string): boolean;
}

export function rightsOf(session: UiSession): MyRights {
  const own = session.permissions;
  return {
    everywhere: (action, resource) => own.some((one) => one.action === action && one.resource === resource && one.dagId === undefined),
    somewhere: (action, resource) => own.some((one) => one.action === action && one.resource === resource),
  };
}

export function useRights(): MyRights {
  const { data } = useSuspenseQuery(sessionQuery);
  return rightsOf(data);
}
