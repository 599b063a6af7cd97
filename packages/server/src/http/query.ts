import { z } from "zod";

/** Rows of one page at most; larger limits are cut to it, as Airflow does. */
export const LARGEST_PAGE = 500;

/** Query parameter that may be given several times. */
export function many<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => (typeof value === "string" ? [value] : value), z.array(item).max(100));
}

/** `true` or `false` as clients write it. */
export const flag = z.preprocess((value) => {
  if (typeof value !== "string") return value;
  const text = value.toLowerCase();
  if (text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : value;
}, z.boolean());

/** `limit` and `offset` of a list. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(0)
    .default(50)
    .meta({ description: `At most ${LARGEST_PAGE}; 0 stands for it.` }),
  offset: z.coerce.number().int().min(0).max(2_000_000_000).default(0),
};

export function pageSize(limit: number): number {
  return limit === 0 ? LARGEST_PAGE : Math.min(limit, LARGEST_PAGE);
}

/** Cuts a page out of rows that are all at hand. */
export function cutPage<Row>(rows: readonly Row[], page: { readonly limit: number; readonly offset: number }): readonly Row[] {
  return rows.slice(page.offset, page.offset + pageSize(page.limit));
}

/** Instant of a request: ISO 8601 with a time zone. */
export const instantInput = z.iso.datetime({ offset: true });
