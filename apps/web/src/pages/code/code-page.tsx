import { Select, SegmentedControl, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { codeProjectsQuery, gitStatusQuery, treeQuery } from "../../api/code.ts";
import { FileTree } from "../../code-editor/file-tree.tsx";
import { PageHeader } from "../../shell/page-header.tsx";
import { Nothing, Problem } from "../../ui/problem.tsx";
import classes from "./code-page.module.css";
import { type CodePanel, type CodeSearch, codeSearch } from "./code-search-params.ts";
import { FilePane } from "./file-pane.tsx";
import { FindPanel } from "./find-panel.tsx";
import { GitPanel } from "./git-panel.tsx";
import { NewFileButton } from "./new-file-button.tsx";

/** The projects' files: tree, editor, search, git. What is open is in the address. */
export function CodePage() {
  const { t } = useTranslation();
  const search = codeSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const change = useCallback(
    (part: CodeSearch) =>
      void navigate({ to: "/code", search: (before) => ({ ...codeSearch(before), line: undefined, ...part }), resetScroll: false }),
    [navigate],
  );
  const projects = useQuery(codeProjectsQuery);
  const names = projects.data?.projects.map(({ name }) => name) ?? [];
  const project = search.project ?? names[0] ?? "";
  const open = (file: string, line?: number) => change({ project, file, line });
  if (projects.error) return <Problem error={projects.error} retry={() => void projects.refetch()} />;
  return (
    <div className={classes["page"]}>
      <PageHeader
        title={t("DAGs code editor")}
        actions={
          <>
            <Select
              aria-label={t("Project")}
              w={180}
              allowDeselect={false}
              data={names}
              value={project}
              onChange={(value) => value !== null && change({ project: value, file: undefined })}
            />
            <NewFileButton project={project} created={open} />
          </>
        }
      />
      <div className={classes["panes"]}>
        <section className={classes["side"]} aria-label={t("Project")}>
          <SegmentedControl
            size="xs"
            fullWidth
            aria-label={t("Panel")}
            value={search.panel ?? "files"}
            onChange={(panel) => change({ panel: panel as CodePanel, line: search.line })}
            data={[
              { value: "files", label: t("Files") },
              { value: "find", label: t("Find") },
              { value: "git", label: t("Git") },
            ]}
          />
          <div className={classes["panel"]}>
            {search.panel === "find" ? (
              <FindPanel project={project} open={open} />
            ) : search.panel === "git" ? (
              <GitPanel project={project} open={open} />
            ) : (
              <FilesPanel project={project} selected={search.file ?? ""} open={open} />
            )}
          </div>
        </section>
        {search.file === undefined ? (
          <div className={classes["empty"]}>
            <Nothing title={t("No file is open")}>{t("Choose one on the left.")}</Nothing>
          </div>
        ) : (
          <FilePane
            key={`${project} ${search.file}`}
            address={{ project, path: search.file }}
            line={search.line}
            moved={(file) => change({ project, file })}
          />
        )}
      </div>
    </div>
  );
}

interface FilesPanelProps {
  readonly project: string;
  readonly selected: string;
  readonly open: (path: string) => void;
}

function FilesPanel({ project, selected, open }: FilesPanelProps) {
  const tree = useQuery(treeQuery(project));
  const { data: status } = useQuery(gitStatusQuery(project));
  if (tree.error) return <Problem error={tree.error} retry={() => void tree.refetch()} />;
  if (!tree.data) return <Skeleton height={220} />;
  const changed = new Set(status?.git?.changes.map(({ path }) => path) ?? []);
  return <FileTree key={project} entries={tree.data.entries} selected={selected} changed={changed} choose={open} />;
}
