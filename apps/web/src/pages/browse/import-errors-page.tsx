import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { importErrorsQuery, type ListedImportError } from "../../api/browse.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListFilters, TextFilter } from "../../lists/list-filters.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { isNarrowed } from "../../lists/list-search.ts";
import { useListSearch } from "../../lists/use-list-search.ts";
import { Card } from "../../ui/card.tsx";
import { When } from "../../ui/when.tsx";
import classes from "./import-errors-page.module.css";

/** Files that could not be read, with what is wrong in them. */
export function ImportErrorsPage() {
  const { t } = useTranslation();
  const { search, change } = useListSearch();
  const query = useQuery(importErrorsQuery);
  const wanted = (search.q ?? "").toLowerCase();
  const found = query.data?.import_errors.filter((error) => `${error.filename} ${error.stack_trace}`.toLowerCase().includes(wanted));
  return (
    <ListPage title={t("Import errors")} hint={t("Until a file is mended, its processes keep running in their last good version.")}>
      <ListFilters search={search} change={change}>
        <TextFilter name="q" label={t("File or text")} search={search} change={change} />
      </ListFilters>
      <ListBody query={query} count={found?.length} narrowed={isNarrowed(search)} empty={{ title: t("All files can be read") }}>
        {found?.map((error) => (
          <Card key={error.import_error_id} title={error.filename} aside={<Aside error={error} />}>
            <pre className={classes["trace"]}>{error.stack_trace}</pre>
          </Card>
        ))}
      </ListBody>
    </ListPage>
  );
}

function Aside({ error }: { error: ListedImportError }) {
  const { t } = useTranslation();
  const rights = useRights();
  return (
    <span className={classes["aside"]}>
      {error.bundle_name} · <When at={error.timestamp} />
      {rights.everywhere("read", "DAG Code") && (
        <>
          {" · "}
          <Link to="/code" search={{ project: error.bundle_name, file: error.filename }}>
            {t("Open in the editor")}
          </Link>
        </>
      )}
    </span>
  );
}
