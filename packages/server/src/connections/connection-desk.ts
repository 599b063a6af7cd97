import type { UiConnectionType } from "@polyflow/contracts/wire";
import type { ConnectionRecord } from "@polyflow/store";

/** What the application that composes the server knows of connections: their types, and how to try one. */
export interface ConnectionDesk {
  types(): Promise<readonly UiConnectionType[]>;
  /**
   * Signs in to what the connection leads to, in a process of its own and with an end in time.
   * @returns what was found, for people
   * @throws PolyflowError saying why it does not work; `too_many_requests` while too many are tried
   */
  test(connection: ConnectionRecord): Promise<string>;
}
