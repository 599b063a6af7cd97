import { Alert, Loader, SegmentedControl } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LayoutPreview } from "../../../api/layouts.ts";
import { Card } from "../../../ui/card.tsx";
import { Nothing } from "../../../ui/problem.tsx";
import classes from "./designer.module.css";
import grids from "./grid.module.css";
import { PreviewRows } from "./preview-rows.tsx";
import { RawGrid } from "./raw-grid.tsx";
import { RejectList } from "./reject-list.tsx";
import type { Designer } from "./use-designer.ts";

// the comparison brings an editor along, which nobody needs before they look at the YAML
const DiffView = lazy(async () => ({ default: (await import("../../../code-editor/diff-view.tsx")).DiffView }));

type View = "rows" | "rejects" | "yaml";

interface ResultPanelProps {
  readonly designer: Designer;
  readonly selected: number;
  readonly select: (index: number) => void;
}

/** The file, the rows that it becomes, what would be rejected, and the YAML that says so. */
export function ResultPanel({ designer, selected, select }: ResultPanelProps) {
  const { t } = useTranslation();
  const [view, setView] = useState<View>("rows");
  const { look, restructure } = designer;
  const seen = look.data;
  if (seen === undefined)
    return (
      <Card>
        {
          <p className={classes["opening"]}>
            <Loader size="xs" /> {t("Reading the file…")}
          </p>
        }
      </Card>
    );
  const isBusy = look.isFetching || restructure.isPending;
  return (
    <>
      {seen.grid && (
        <Card title={t("File")} aside={isBusy ? <Loader size="xs" role="status" aria-label={t("Reading the file…")} /> : null}>
          <RawGrid designer={designer} grid={seen.grid} selected={selected} select={select} />
        </Card>
      )}
      <Problems designer={designer} />
      <Card
        title={t("Result")}
        aside={seen.grid === null && isBusy ? <Loader size="xs" role="status" aria-label={t("Reading the file…")} /> : null}
      >
        <ResultHead view={view} setView={setView} preview={seen.preview} />
        {view === "yaml" ? (
          <Suspense fallback={<Loader size="sm" />}>
            <Yaml designer={designer} />
          </Suspense>
        ) : seen.preview === null ? (
          <Nothing title={t("Nothing to show yet")}>{seen.failure?.message}</Nothing>
        ) : view === "rows" ? (
          <PreviewRows preview={seen.preview} selected={selected} />
        ) : (
          <RejectList rejects={seen.preview.rejects} />
        )}
      </Card>
    </>
  );
}

interface ResultHeadProps {
  readonly view: View;
  readonly setView: (view: View) => void;
  readonly preview: LayoutPreview | null;
}

function ResultHead({ view, setView, preview }: ResultHeadProps) {
  const { t } = useTranslation();
  const rejects = preview?.rejects.length ?? 0;
  return (
    <div className={grids["gridHead"]}>
      <SegmentedControl
        size="xs"
        aria-label={t("What is shown")}
        value={view}
        onChange={(value) => setView(value as View)}
        data={[
          { value: "rows", label: t("First rows") },
          { value: "rejects", label: t("Rejects: {{number}}", { number: rejects }) },
          { value: "yaml", label: "YAML" },
        ]}
      />
      {preview && (
        <span className={classes["dim"]} role="status">
          {t("{{count}} record looked at", { count: preview.read })}
          {preview.is_whole && ` · ${t("all there are")}`}
        </span>
      )}
    </div>
  );
}

function Problems({ designer: { look } }: { designer: Designer }) {
  const { t } = useTranslation();
  const { problems = [], failure } = look.data ?? {};
  if (problems.length === 0 && failure == null && !look.error) return null;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      title={problems.length > 0 ? t("The description is not right yet") : t("The file cannot be read so")}
    >
      {problems.length > 0 ? (
        <ul className={classes["problems"]}>
          {problems.map((problem) => (
            <li key={`${problem.line} ${problem.column} ${problem.message}`}>
              {t("line {{line}}, column {{column}}", { line: problem.line, column: problem.column })}:{" "}
              <span className="pf-mono">{problem.path}</span> {problem.message}
              {problem.proposal !== undefined && ` — ${problem.proposal}`}
            </li>
          ))}
        </ul>
      ) : (
        (failure?.message ?? look.error?.message)
      )}
    </Alert>
  );
}

function Yaml({ designer: { look } }: { designer: Designer }) {
  const { t } = useTranslation();
  const seen = look.data;
  if (seen === undefined) return null;
  const file = seen.existing?.file ?? `metadata/sources/${seen.layout.name}.yaml`;
  return (
    <div className={classes["yaml"]}>
      <p className={classes["dim"]}>
        <span className="pf-mono">{file}</span> · {seen.existing === null ? t("a new file") : t("changes against what is there")}
      </p>
      <DiffView path={file} before={seen.existing?.text ?? ""} after={seen.text} />
      {seen.target &&
        [seen.target.entity, seen.target.flow].map((one) => (
          <div key={one.file}>
            <p className={classes["dim"]}>
              <span className="pf-mono">{one.file}</span>
            </p>
            <DiffView path={one.file} before="" after={one.text} />
          </div>
        ))}
    </div>
  );
}
