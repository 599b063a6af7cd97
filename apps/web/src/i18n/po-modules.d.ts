/** A catalogue as the build turns it into a module (see `po-plugin.ts`). */
declare module "*.po" {
  export const messages: Readonly<Record<string, string>>;
}
