import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { configurationQuery } from "../../api/admin.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { ListTable } from "../../lists/list-table.tsx";
import { useListSearch } from "../../lists/use-list-search.ts";
import classes from "./admin.module.css";

/** The configuration in force; the server sends it only where it is allowed, with secrets masked. */
export function ConfigurationPage() {
  const { t } = useTranslation();
  const { search, change } = useListSearch();
  const query = useQuery(configurationQuery);
  const wanted = (search.q ?? "").toLowerCase();
  const options = query.data?.sections
    .flatMap((section) => section.options.map((option) => ({ ...option, section: section.name })))
    .filter((option) => `[${option.section}] ${option.key} ${option.value}`.toLowerCase().includes(wanted));
  return (
    <ListPage title={t("Configuration")} hint={t("What is in force now. Secrets are masked; changes take a restart.")}>
      <ListFilters search={search} change={change}>
        <TextFilter name="q" label={t("Search")} search={search} change={change} />
      </ListFilters>
      <ListBody query={query} count={options?.length} narrowed={isNarrowed(search)} empty={{ title: t("No options") }}>
        <ListTable
          label={t("Configuration")}
          rows={options ?? []}
          keyOf={(option) => `${option.section}.${option.key}`}
          columns={[
            { header: t("Section"), cell: (option) => <code>{`[${option.section}]`}</code>, fixed: true, dim: true },
            { header: t("Option"), cell: (option) => <code>{option.key}</code>, fixed: true },
            { header: t("Value"), cell: (option) => <code className={classes["value"]}>{option.value}</code> },
          ]}
        />
      </ListBody>
    </ListPage>
  );
}
