import { checkScheme, type FileAddress, parseFileAddress } from "@polyflow/contracts";
import type { FileStore, TaskContext } from "@polyflow/sdk";

/** A place for files in the options of an operator: `sftp://connection/path`, a path in the project, or both parts. */
export type FilePlace = string | { readonly connection?: string; readonly path: string };

export interface OpenPlace {
  readonly store: FileStore;
  /** Path or mask. */
  readonly path: string;
}

export function addressOf(place: FilePlace): FileAddress {
  return typeof place === "string" ? parseFileAddress(place) : place;
}

/** The place for people: never more than what the author wrote. */
export function shownPlace(place: FilePlace): string {
  if (typeof place === "string") return place;
  return place.connection === undefined ? place.path : `${place.connection}: ${place.path}`;
}

/** Opens the store of a place; without a connection it is the project's folder. */
export async function openPlace(context: Pick<TaskContext, "connection" | "files" | "projectDir">, place: FilePlace): Promise<OpenPlace> {
  const address = addressOf(place);
  if (address.connection === undefined) {
    const { LocalTransport } = await import("./local-transport.ts");
    const { TransportStore } = await import("./transport-store.ts");
    return { store: new TransportStore(new LocalTransport(context.projectDir), "project"), path: address.path };
  }
  checkScheme(address, (await context.connection(address.connection)).type);
  return { store: await context.files(address.connection), path: address.path };
}
