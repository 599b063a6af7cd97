declare module "gettext-parser" {
  interface PoEntry {
    readonly msgid: string;
    readonly msgctxt?: string;
    readonly msgid_plural?: string;
    readonly msgstr: readonly string[];
    readonly comments?: { readonly flag?: string };
  }
  export const po: {
    parse(catalogue: string | Uint8Array): { readonly translations: Readonly<Record<string, Readonly<Record<string, PoEntry>>>> };
  };
}
