import { Alert, Tooltip } from "@mantine/core";
import { IconArrowNarrowRight, IconCircleCheckFilled, IconCircleXFilled, IconFile, IconRepeat, IconTable } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Load, LoadReport } from "../api/runs.ts";
import { useFormat } from "../format/format-provider.tsx";
import { msgid } from "../i18n/msgid.ts";
import badge from "../state/state.module.css";
import classes from "./load-card.module.css";
import { RejectsTable } from "./rejects-table.tsx";
import { RowCounts } from "./row-counts.tsx";
import { RulesTable } from "./rules-table.tsx";

const STATUS = {
  loaded: { label: msgid("Loaded"), state: "success", Icon: IconCircleCheckFilled },
  repeated: { label: msgid("Already loaded before"), state: "skipped", Icon: IconRepeat },
  failed: { label: msgid("Load failed"), state: "failed", Icon: IconCircleXFilled },
} as const;

const PHASES: Readonly<Record<string, string>> = {
  connect: msgid("connect"),
  prepare: msgid("prepare"),
  wait: msgid("wait"),
  compare: msgid("compare"),
  "read and cast": msgid("read and cast"),
  write: msgid("write"),
  rules: msgid("rules"),
  rejects: msgid("rejects"),
  commit: msgid("commit"),
};

/** One load from its file to its table. */
export function LoadCard({ load }: { load: Load }) {
  const { t } = useTranslation();
  const { report } = load;
  const { label, state, Icon } = STATUS[report.status];
  return (
    <article className={classes["card"]} aria-label={t("Load {{flow}}", { flow: report.flow })}>
      <header className={classes["head"]}>
        <h2 className={classes["title"]}>{report.flow}</h2>
        <span className={badge["badge"]} data-state={state}>
          <Icon size={15} aria-hidden />
          {t(label)}
        </span>
        <span className={classes["task"]}>{load.task_id}</span>
      </header>
      <Path report={report} />
      {report.error && (
        <Alert color="red" variant="light" icon={<IconCircleXFilled size={18} />}>
          {report.error}
        </Alert>
      )}
      <RowCounts rows={report.rows} />
      <Phases durationsMs={report.durationsMs} />
      {report.rules.length > 0 && <RulesTable rules={report.rules} />}
      {report.rows.rejected > 0 && <RejectsTable report={report} />}
    </article>
  );
}

function Path({ report }: { report: LoadReport }) {
  const format = useFormat();
  const { source, target } = report;
  return (
    <div className={classes["path"]}>
      <Tooltip label={`SHA-256 ${source.sha256}`} multiline maw={420}>
        <span>
          <IconFile size={16} aria-hidden />
          <span className="pf-mono">{source.file}</span>
          <span className={classes["dim"]}>{format.bytes(source.bytes)}</span>
        </span>
      </Tooltip>
      <IconArrowNarrowRight size={18} aria-hidden className={classes["dim"]} />
      <span>
        <IconTable size={16} aria-hidden />
        <span className="pf-mono">
          {target.schema}.{target.table}
        </span>
        <span className={classes["dim"]}>{target.connection}</span>
      </span>
    </div>
  );
}

function Phases({ durationsMs }: { durationsMs: LoadReport["durationsMs"] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes["phases"]}>
      {Object.entries(durationsMs).map(([phase, ms]) => (
        <span key={phase}>
          {PHASES[phase] === undefined ? phase : t(PHASES[phase])} <b>{format.duration(ms)}</b>
        </span>
      ))}
    </div>
  );
}
