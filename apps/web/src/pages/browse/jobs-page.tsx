import { Badge } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Job, jobsQuery } from "../../api/browse.ts";
import { msgid } from "../../i18n/msgid.ts";
import { ListBody } from "../../lists/list-body.tsx";
import { ListPage } from "../../lists/list-page.tsx";
import { type Column, ListTable } from "../../lists/list-table.tsx";
import { When } from "../../ui/when.tsx";

const KINDS: Readonly<Record<string, string>> = {
  SchedulerJob: msgid("Scheduler"),
  DagProcessorJob: msgid("DAG processor"),
  TriggererJob: msgid("Triggerer"),
  LocalTaskJob: msgid("Worker"),
};
const STATES = {
  running: { label: msgid("Works"), color: "teal.9" },
  success: { label: msgid("Has left"), color: "gray.7" },
  failed: { label: msgid("Does not answer"), color: "red.8" },
} as const;

/** The parts of Polyflow that run, and those that ran. */
export function JobsPage() {
  const { t } = useTranslation();
  const query = useQuery(jobsQuery);
  const columns: readonly Column<Job>[] = [
    { header: t("State"), cell: (job) => <Badge color={STATES[job.state].color}>{t(STATES[job.state].label)}</Badge> },
    { header: t("Component"), cell: (job) => t(KINDS[job.job_type] ?? job.job_type), fixed: true },
    { header: t("Name"), cell: (job) => job.executor_class ?? job.hostname ?? "—" },
    { header: t("Host"), cell: (job) => job.hostname ?? "—", dim: true },
    { header: t("Started"), cell: (job) => (job.start_date ? <When at={job.start_date} /> : "—"), fixed: true },
    { header: t("Last sign of life"), cell: (job) => (job.latest_heartbeat ? <When at={job.latest_heartbeat} /> : "—"), fixed: true },
    { header: t("Ended"), cell: (job) => (job.end_date ? <When at={job.end_date} /> : "—"), fixed: true },
  ];
  return (
    <ListPage title={t("Jobs")} hint={t("The components of Polyflow and its workers, with their last sign of life.")}>
      <ListBody query={query} count={query.data?.jobs.length} narrowed={false} empty={{ title: t("No component has been seen yet") }}>
        <ListTable label={t("Jobs")} columns={columns} rows={query.data?.jobs ?? []} keyOf={(job) => String(job.id)} />
      </ListBody>
    </ListPage>
  );
}
