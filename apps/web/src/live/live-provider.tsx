import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { ChangeCoalescer } from "./change-coalescer.ts";
import { LiveConnection, type LiveStatus } from "./live-connection.ts";

const LiveContext = createContext<LiveConnection | null>(null);

/** Opens the page's stream of changes and keeps cached answers fresh by it. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [connection] = useState(() => new LiveConnection("/ui/events"));
  useEffect(() => {
    const coalescer = new ChangeCoalescer(client);
    const forget = connection.onChange((event) => coalescer.add(event));
    connection.start();
    return () => {
      forget();
      coalescer.stop();
      connection.stop();
    };
  }, [client, connection]);
  return <LiveContext value={connection}>{children}</LiveContext>;
}

export function useLiveConnection(): LiveConnection {
  const connection = use(LiveContext);
  if (!connection) throw new Error("useLiveConnection outside LiveProvider: wrap the page in it.");
  return connection;
}

export function useLiveStatus(): LiveStatus {
  const connection = useLiveConnection();
  return useSyncExternalStore(connection.onStatus, () => connection.status);
}
