/**
 * A mask of file names as a regular expression: `*` stands for any characters but `/`, `?` for one. Case does not matter, since archives
 * and exchange folders rarely agree on it.
 * @example fileMask("AS_ADDR_OBJ_2*.XML").test("as_addr_obj_20260101.xml"); // true
 */
export function fileMask(mask: string): RegExp {
  const pattern = mask
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]");
  return new RegExp(`^${pattern}$`, "iu");
}
