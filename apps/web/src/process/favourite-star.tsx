import { ActionIcon, Tooltip } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { setFavourite, type UiDag } from "../api/dags.ts";
import { notifyProblem } from "../ui/notify.ts";

/** Keeps a process among the user's favourites. Shows the wish at once and the truth when the server has answered. */
export function FavouriteStar({ dag, size = 16 }: { dag: Pick<UiDag, "dag_id" | "dag_display_name" | "is_favourite">; size?: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (next: boolean) => setFavourite(dag.dag_id, next),
    onError: notifyProblem,
    onSettled: () => Promise.all(["dags", "dag-facets", "dag"].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
  const isFavourite = change.isPending ? change.variables : dag.is_favourite;
  const Icon = isFavourite ? IconStarFilled : IconStar;
  return (
    <Tooltip label={isFavourite ? t("Remove from favourites") : t("Add to favourites")}>
      <ActionIcon
        variant="subtle"
        size={size + 10}
        color={isFavourite ? "yellow.7" : "gray"}
        aria-pressed={isFavourite}
        aria-label={t("{{name}} is a favourite", { name: dag.dag_display_name })}
        onClick={() => change.mutate(!isFavourite)}
      >
        <Icon size={size} />
      </ActionIcon>
    </Tooltip>
  );
}
