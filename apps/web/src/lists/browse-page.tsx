import type { ComponentProps, ReactNode } from "react";
import { ListBody } from "./list-body.tsx";
import { ListFilters } from "./list-filters.tsx";
import { ListPage } from "./list-page.tsx";
import { isNarrowed } from "./list-search.ts";
import { ListTable } from "./list-table.tsx";

type TableProps<Row> = Pick<ComponentProps<typeof ListTable<Row>>, "columns" | "keyOf" | "actions">;

interface BrowsePageProps<Row> extends TableProps<Row>, Pick<ComponentProps<typeof ListBody>, "query" | "empty"> {
  readonly title: string;
  /** What the page is for, in a sentence. */
  readonly hint: string;
  /** Search and change of the page's address. */
  readonly filters: Pick<ComponentProps<typeof ListFilters>, "search" | "change">;
  readonly filterFields: ReactNode;
  /** Undefined while nothing is known. */
  readonly rows: readonly Row[] | undefined;
  /** Dialogs. */
  readonly children?: ReactNode;
}

/** A page that is one list with filters above it. */
export function BrowsePage<Row>({ title, hint, filters, filterFields, query, rows, empty, children, ...table }: BrowsePageProps<Row>) {
  return (
    <ListPage title={title} hint={hint}>
      <ListFilters {...filters}>{filterFields}</ListFilters>
      <ListBody query={query} count={rows?.length} narrowed={isNarrowed(filters.search)} empty={empty}>
        <ListTable label={title} rows={rows ?? []} {...table} />
      </ListBody>
      {children}
    </ListPage>
  );
}
