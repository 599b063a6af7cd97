/** The same object type with every property that may be undefined made optional instead. */
export type WithoutUndefined<Properties> = {
  readonly [Key in keyof Properties as undefined extends Properties[Key] ? never : Key]: Properties[Key];
} & {
  readonly [Key in keyof Properties as undefined extends Properties[Key] ? Key : never]?: Exclude<Properties[Key], undefined>;
};

/**
 * Drops the properties whose value is undefined: absent keys stay absent, as `exactOptionalPropertyTypes` wants it.
 * @example withoutUndefined({ name: "a", title: undefined }); // { name: "a" }
 */
export function withoutUndefined<Properties extends object>(properties: Properties): WithoutUndefined<Properties> {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as WithoutUndefined<Properties>; // oxlint-disable-line typescript/no-unsafe-type-assertion -- fromEntries forgets the keys
}
