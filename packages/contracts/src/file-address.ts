import { PolyflowError } from "./errors.ts";

/** Where a file is: on what a connection leads to, or in the project. */
export interface FileAddress {
  /** Scheme of the address: the kind of connection that is expected. */
  readonly scheme?: FileScheme;
  /** Absent: the path is in the project's folder. */
  readonly connection?: string;
  /** A path or a mask. */
  readonly path: string;
}

/** Types of connections that each scheme accepts. */
const TYPES_OF_SCHEME = {
  fs: ["fs", "file"],
  sftp: ["sftp", "ssh"],
  ftp: ["ftp"],
  ftps: ["ftps"],
  s3: ["s3", "aws"],
  http: ["http", "https"],
} as const satisfies { readonly [scheme: string]: readonly string[] };

export type FileScheme = keyof typeof TYPES_OF_SCHEME;

const ADDRESS = /^([a-z][a-z0-9]*):\/\/([^/]*)\/?(.*)$/s;

/** Whether a text is the address of a file on a connection, rightly written or not. */
export function isFileAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/**
 * Reads `sftp://<connection id>/<path>`: the host's place names a connection, so that an address never holds a password.
 * A text without a scheme is a path in the project.
 * @throws PolyflowError `request_invalid`
 * @example parseFileAddress("sftp://bank/out/*.csv") // { scheme: "sftp", connection: "bank", path: "out/*.csv" }
 */
export function parseFileAddress(text: string): FileAddress {
  const match = ADDRESS.exec(text);
  if (match === null) return { path: text };
  const [, scheme = "", connection = "", path = ""] = match;
  if (!isScheme(scheme)) throw invalid(`the scheme "${scheme}" is unknown; possible are ${Object.keys(TYPES_OF_SCHEME).join(", ")}`);
  if (/[@:]/.test(connection) || connection === "")
    throw invalid("after `://` stands the id of a connection, never a host or a user: those belong into the connection");
  if (path === "") throw invalid(`\`${text}\` lacks the path; all files of the connection's root are \`${scheme}://${connection}/*\``);
  return { scheme, connection, path };
}

/** @throws PolyflowError `request_invalid` when the connection is not of the kind that the address says */
export function checkScheme({ scheme, connection = "", path }: FileAddress, connectionType: string): void {
  const types: readonly string[] = scheme === undefined ? [connectionType] : TYPES_OF_SCHEME[scheme];
  if (types.includes(connectionType)) return;
  throw invalid(`\`${scheme}://${connection}/${path}\` names the connection "${connection}", which is of type "${connectionType}"`);
}

function isScheme(text: string): text is FileScheme {
  return Object.hasOwn(TYPES_OF_SCHEME, text);
}

function invalid(why: string): PolyflowError {
  return new PolyflowError("request_invalid", `The address of a file has to look like sftp://connection_id/path: ${why}.`);
}
