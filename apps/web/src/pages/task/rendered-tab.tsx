import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { renderedFieldsQuery } from "../../api/task-actions.ts";
import { Card } from "../../ui/card.tsx";
import { JsonText } from "../../ui/facts.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";

interface RenderedTabProps {
  readonly address: { readonly dagId: string; readonly runId: string; readonly taskId: string; readonly mapIndex: number };
}

/** What the operator's fields came to be when their templates were filled in for this run. */
export function RenderedTab({ address }: RenderedTabProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(renderedFieldsQuery(address));
  if (error && !data) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={160} />;
  const fields = Object.entries(data.rendered_fields);
  if (fields.length === 0)
    return <Nothing title={t("No rendered fields")}>{t("The task has no fields with templates, or has not started yet.")}</Nothing>;
  return fields.map(([name, value]) => (
    <Card key={name} title={name}>
      <JsonText value={value} />
    </Card>
  ));
}
