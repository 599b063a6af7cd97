import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { pluginsQuery } from "../../api/admin.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { ListTable } from "../../lists/list-table.tsx";

/** What projects add by plugins. */
export function PluginsPage() {
  const { t } = useTranslation();
  const query = useQuery(pluginsQuery);
  return (
    <ListPage title={t("Plugins")} hint={t("Macros, timetables and listeners that projects bring along.")}>
      <ListBody
        query={query}
        count={query.data?.plugins.length}
        narrowed={false}
        empty={{ title: t("No plugins"), text: t("A project's plugins stand in its plugins folder.") }}
      >
        <ListTable
          label={t("Plugins")}
          rows={query.data?.plugins ?? []}
          keyOf={(plugin) => plugin.name}
          columns={[
            { header: t("Plugin"), cell: (plugin) => <b>{plugin.name}</b>, fixed: true },
            { header: t("Source"), cell: (plugin) => <code>{plugin.source}</code>, dim: true },
            { header: t("Macros"), cell: (plugin) => plugin.macros.join(", ") },
            { header: t("Timetables"), cell: (plugin) => plugin.timetables.join(", ") },
            { header: t("Listeners"), cell: (plugin) => plugin.listeners.join(", ") },
          ]}
        />
      </ListBody>
    </ListPage>
  );
}
