/** Rows of one request; the server gives no more than 500. */
const PAGE_ROWS = 500;

interface Page<Row> {
  readonly rows: readonly Row[];
  /** Of the whole list. */
  readonly total: number;
}

/** Reads a list page by page, to its end or to `atMost` rows. */
export async function readRows<Row>(
  readPage: (query: { readonly limit: number; readonly offset: number }) => Promise<Page<Row>>,
  atMost: number = Number.POSITIVE_INFINITY,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  while (rows.length < atMost) {
    const page = await readPage({ limit: Math.min(PAGE_ROWS, atMost - rows.length), offset: rows.length });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) break;
  }
  return rows;
}
