import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { providersQuery } from "../../api/admin.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { ListTable } from "../../lists/list-table.tsx";

/** Packages that bring connection types and operators. */
export function ProvidersPage() {
  const { t } = useTranslation();
  const query = useQuery(providersQuery);
  return (
    <ListPage title={t("Providers")} hint={t("Packages that bring connection types and operators.")}>
      <ListBody query={query} count={query.data?.providers.length} narrowed={false} empty={{ title: t("No providers") }}>
        <ListTable
          label={t("Providers")}
          rows={query.data?.providers ?? []}
          keyOf={(provider) => provider.package_name}
          columns={[
            { header: t("Package"), cell: (provider) => <b className="pf-mono">{provider.package_name}</b>, fixed: true },
            { header: t("Version"), cell: (provider) => provider.version, fixed: true },
            { header: t("Description"), cell: (provider) => provider.description, dim: true },
          ]}
        />
      </ListBody>
    </ListPage>
  );
}
