import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type UseQueryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { deleteMany } from "../../api/admin.ts";
import { type Confirmation, ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { ListBody } from "../../lists/list-body.tsx";
import { ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { RowButtons } from "../../lists/row-buttons.tsx";
import { SelectionBar } from "../../lists/selection-bar.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import { useSelection } from "../../lists/use-selection.ts";

/** Stands in the address for "a new one". */
const NEW = "+";

interface AdminListProps<Row, Key extends readonly unknown[]> {
  readonly list: "pools" | "variables" | "connections";
  readonly resource: string;
  readonly title: string;
  readonly hint: string;
  readonly query: UseQueryOptions<readonly Row[], Error, readonly Row[], Key>;
  readonly columns: readonly Column<Row>[];
  readonly nameOf: (row: Row) => string;
  /** What the search looks at. */
  readonly textOf: (row: Row) => string;
  readonly empty: { readonly title: string; readonly text: string };
  readonly addLabel: string;
  readonly deleteTitle: string;
  /** Rows that have to stay. */
  readonly keeps?: (row: Row) => boolean;
  readonly form: (row: Row | null, close: () => void) => ReactNode;
  readonly actions?: ReactNode;
}

/** A list that administrators keep: search, add, edit (the address names what is open), delete one or many. */
export function AdminList<Row, Key extends readonly unknown[]>(props: AdminListProps<Row, Key>) {
  const { list, resource, nameOf, keeps = () => false } = props;
  const { t } = useTranslation();
  const client = useQueryClient();
  const may = useAdminRights(resource);
  const { search, change } = useListSearch();
  const query = useQuery(props.query);
  const wanted = (search.q ?? "").toLowerCase();
  const rows = query.data?.filter((row) => props.textOf(row).toLowerCase().includes(wanted));
  const selection = useSelection((rows ?? []).filter((row) => !keeps(row)).map(nameOf));
  const [asked, ask] = useState<Confirmation | null>(null);
  const opened = search.edit === NEW ? null : query.data?.find((row) => nameOf(row) === search.edit);
  const close = () => change({ edit: undefined });
  const refresh = () => client.invalidateQueries({ queryKey: props.query.queryKey });
  const askToDelete = (names: readonly string[]) =>
    ask({
      title: props.deleteTitle,
      text: t("This cannot be undone."),
      names,
      confirm: t("Delete"),
      danger: true,
      run: () => deleteMany(list, names).finally(refresh),
    });
  return (
    <ListPage
      title={props.title}
      hint={props.hint}
      actions={
        <>
          {props.actions}
          {may.create && (
            <Button leftSection={<IconPlus size={16} />} onClick={() => change({ edit: NEW })}>
              {props.addLabel}
            </Button>
          )}
        </>
      }
    >
      <ListFilters search={search} change={change}>
        <TextFilter name="q" label={t("Search")} search={search} change={change} />
      </ListFilters>
      <ListBody query={query} count={rows?.length} narrowed={isNarrowed(search)} empty={props.empty}>
        <ListTable
          label={props.title}
          columns={props.columns}
          rows={rows ?? []}
          keyOf={nameOf}
          selection={may.remove ? selection : undefined}
          actions={
            may.edit
              ? (row) => (
                  <RowButtons
                    name={nameOf(row)}
                    edit={() => change({ edit: nameOf(row) })}
                    remove={may.remove && !keeps(row) ? () => askToDelete([nameOf(row)]) : undefined}
                  />
                )
              : undefined
          }
        />
      </ListBody>
      <SelectionBar selection={selection}>
        <Button color="red.8" size="xs" onClick={() => askToDelete([...selection.keys])}>
          {t("Delete")}
        </Button>
      </SelectionBar>
      {asked && <ConfirmDialog asked={asked} close={() => ask(null)} />}
      {search.edit !== undefined && opened !== undefined && props.form(opened, close)}
    </ListPage>
  );
}

/** What the user may do with the things of this list; deleting goes through the bulk call, which asks for the right to edit as well. */
function useAdminRights(resource: string): { readonly create: boolean; readonly edit: boolean; readonly remove: boolean } {
  const rights = useRights();
  const edit = rights.everywhere("edit", resource);
  return { create: rights.everywhere("create", resource), edit, remove: edit && rights.everywhere("delete", resource) };
}
