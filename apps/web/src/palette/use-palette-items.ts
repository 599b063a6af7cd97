import { useMantineColorScheme } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRights } from "../access/use-rights.ts";
import type { UiDagList } from "../api/dags.ts";
import { get, url } from "../api/http.ts";
import { useTimeZoneMode } from "../format/format-provider.tsx";
import { chooseLanguage } from "../i18n/i18n.ts";
import { LANGUAGE_NAMES, LANGUAGES } from "../i18n/language.ts";
import { MAIN_PAGES, NAVIGATION_GROUPS } from "../shell/navigation.ts";
import { notifyProblem } from "../ui/notify.ts";
import { matchingItems, type PaletteItem } from "./palette-items.ts";

const PROCESSES = 8;

/** Names of processes that hold the text; the server searches. */
function processesQuery(search: string) {
  return queryOptions({
    queryKey: ["palette", search],
    queryFn: ({ signal }) => get<Pick<UiDagList, "dags">>(url("/ui/dags", { search, limit: PROCESSES }), signal),
  });
}

/**
 * All that fits what was typed. Pages and settings follow each letter and stand first, so that a quick Enter goes where it is meant to;
 * processes come from the server a moment later, below them.
 * @param searched what was typed when the typing last paused
 */
export function usePaletteItems(typed: string, searched: string): readonly PaletteItem[] {
  const processes = useProcessItems(searched);
  const others = [...usePageItems(), ...useSettingItems()];
  if (typed.trim() === "") return [...processes, ...others];
  return [...matchingItems(others, typed), ...(searched === typed ? processes : [])];
}

function useProcessItems(typed: string): readonly PaletteItem[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery(processesQuery(typed.trim()));
  return (data?.dags ?? []).map((dag) => ({
    id: `dag ${dag.dag_id}`,
    group: t("Processes"),
    label: dag.dag_display_name,
    ...(dag.dag_display_name === dag.dag_id ? {} : { hint: dag.dag_id }),
    run: () => void navigate({ to: "/dags/$dagId", params: { dagId: dag.dag_id } }),
  }));
}

function usePageItems(): readonly PaletteItem[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const rights = useRights();
  return [...MAIN_PAGES, ...NAVIGATION_GROUPS.flatMap(({ pages }) => pages)]
    .filter((page) => page.allowed(rights))
    .map((page) => ({ id: page.to, group: t("Pages"), label: t(page.label), run: () => void navigate({ to: page.to }) }));
}

function useSettingItems(): readonly PaletteItem[] {
  const { t, i18n } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const [, setZone] = useTimeZoneMode();
  const item = (id: string, label: string, run: () => void): PaletteItem => ({ id, group: t("Settings"), label, run });
  return [
    item("light", t("Light theme"), () => setColorScheme("light")),
    item("dark", t("Dark theme"), () => setColorScheme("dark")),
    item("zone-utc", t("Times in UTC"), () => setZone("utc")),
    item("zone-local", t("Times of my time zone"), () => setZone("local")),
    item("zone-server", t("Times of the server's time zone"), () => setZone("server")),
    ...LANGUAGES.filter((language) => language !== i18n.language).map((language) =>
      item(`language-${language}`, LANGUAGE_NAMES[language], () => void chooseLanguage(language).catch(notifyProblem)),
    ),
  ];
}
