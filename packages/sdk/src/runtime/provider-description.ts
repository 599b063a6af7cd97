/** A text of the interface in its languages. */
export interface LocalText {
  readonly en: string;
  readonly ru: string;
}

/** What a provider brings, as data: for lists, forms and checks. Nothing of it is code. */
export interface ProviderDescription {
  /** The package is `@polyflow/provider-<name>`. */
  readonly name: string;
  readonly title: LocalText;
  readonly connectionTypes: readonly ConnectionTypeDescription[];
  readonly operators: readonly OperatorDescription[];
  readonly sensors: readonly OperatorDescription[];
}

export interface OperatorDescription {
  /** What is imported from the package. */
  readonly name: string;
  readonly title: LocalText;
}

/** What a connection of a type can do for a task. */
export type ConnectionUse = "sql" | "files" | "extract" | "http" | "email";

export interface ConnectionTypeDescription {
  /** Value of `Connection.type`. */
  readonly type: string;
  /** Other names that mean the same. */
  readonly aliases?: readonly string[];
  readonly title: LocalText;
  readonly uses: readonly ConnectionUse[];
  /** The form, in order. What is not here, the type does not have. */
  readonly fields: readonly ConnectionField[];
  readonly defaultPort?: number;
  /** An example of the URI form, without secrets. */
  readonly example: string;
}

export interface ConnectionField {
  /** `host`, `port`, `login`, `password`, `schema`, or a name within `extra`. */
  readonly name: string;
  readonly place: "field" | "extra";
  readonly kind: "text" | "number" | "boolean" | "choice" | "multiline";
  readonly label: LocalText;
  readonly help?: LocalText;
  readonly secret?: boolean;
  readonly required?: boolean;
  readonly choices?: readonly string[];
  /** What holds where nothing is written. */
  readonly default?: string;
}

/** Field of a connection itself. @example field("host", { en: "Host", ru: "Сервер" }, { required: true }) */
export function field(
  name: "host" | "port" | "login" | "password" | "schema",
  label: LocalText,
  more: Partial<ConnectionField> = {},
): ConnectionField {
  const kind = name === "port" ? "number" : "text";
  return { name, place: "field", kind, label, ...(name === "password" ? { secret: true } : {}), ...more };
}

/** Setting within `extra`. @example extra("timeout", { en: "Timeout, s", ru: "Ожидание, с" }, { kind: "number", default: "30" }) */
export function extra(name: string, label: LocalText, more: Partial<ConnectionField> = {}): ConnectionField {
  return { name, place: "extra", kind: "text", label, ...more };
}
