import { Alert, Button, Group, Skeleton, VisuallyHidden } from "@mantine/core";
import { IconDeviceFloppy, IconGitCompare } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type CodeProblem, type FileAddress, gitStatusQuery } from "../../api/code.ts";
import { CodeEditor } from "../../code-editor/code-editor.tsx";
import { type OpenFile, useOpenFile } from "../../code-editor/use-open-file.ts";
import { Problem } from "../../ui/problem.tsx";
import classes from "./code-page.module.css";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { FileDiffDialog } from "./file-diff-dialog.tsx";
import { FileMenu } from "./file-menu.tsx";
import { ProblemList } from "./problem-list.tsx";

interface FilePaneProps {
  readonly address: FileAddress;
  readonly line: number | undefined;
  /** The file has another name now, or none. */
  readonly moved: (path: string | undefined) => void;
}

/** One open file: text, problems, saving. */
export function FilePane({ address, line, moved }: FilePaneProps) {
  const { t } = useTranslation();
  const rights = useRights();
  const file = useOpenFile(address);
  const [typeProblems, setTypeProblems] = useState<readonly CodeProblem[]>([]);
  const [wantedLine, goTo] = useState(line);
  const isReadOnly = !rights.everywhere("edit", "DAG Code");
  useBlocker({
    shouldBlockFn: () => file.isDirty && !window.confirm(t("What you have typed is not saved. Leave it?")),
    enableBeforeUnload: () => file.isDirty,
  });
  if (file.loadError) return <Problem error={file.loadError} retry={file.reload} />;
  return (
    <section className={classes["pane"]} aria-label={address.path}>
      <Toolbar address={address} file={file} isReadOnly={isReadOnly} moved={moved} />
      <Refusal file={file} />
      <div className={classes["text"]}>
        {file.content === undefined ? (
          <Skeleton height="100%" />
        ) : (
          <CodeEditor
            address={address}
            content={file.content}
            line={wantedLine}
            isReadOnly={isReadOnly}
            change={file.change}
            save={() => file.save()}
            problems={setTypeProblems}
          />
        )}
      </div>
      <ProblemList problems={[...file.refused, ...typeProblems]} open={goTo} />
      {file.conflict && (
        <ConflictDialog path={address.path} mine={file.content ?? ""} theirs={file.conflict.content} resolve={file.resolve} />
      )}
    </section>
  );
}

interface ToolbarProps {
  readonly address: FileAddress;
  readonly file: OpenFile;
  readonly isReadOnly: boolean;
  readonly moved: FilePaneProps["moved"];
}

function Toolbar({ address, file, isReadOnly, moved }: ToolbarProps) {
  const { t } = useTranslation();
  const { data: status } = useQuery(gitStatusQuery(address.project));
  const [comparing, setComparing] = useState(false);
  return (
    <div className={classes["bar"]}>
      <span className={`pf-mono ${classes["path"]}`}>{address.path}</span>
      {file.isDirty && (
        <span className={classes["unsaved"]} title={t("Not saved")}>
          <VisuallyHidden>{t("Not saved")}</VisuallyHidden>
        </span>
      )}
      {status?.git && (
        <Button size="xs" variant="default" leftSection={<IconGitCompare size={15} />} onClick={() => setComparing(true)}>
          {t("Compare")}
        </Button>
      )}
      {!isReadOnly && (
        <>
          <FileMenu address={address} file={file} moved={moved} />
          <Button
            size="xs"
            leftSection={<IconDeviceFloppy size={15} />}
            onClick={() => file.save()}
            loading={file.isSaving}
            disabled={!file.isDirty}
          >
            {t("Save")}
          </Button>
        </>
      )}
      {comparing && <FileDiffDialog address={address} content={file.content ?? ""} close={() => setComparing(false)} />}
    </div>
  );
}

/** The kit's title of a light alert is too pale to read. */
const TITLE_AS_TEXT = { title: { color: "var(--mantine-color-text)" } };

/** The check before saving found errors: the file is as it was, unless somebody insists. */
function Refusal({ file }: { file: OpenFile }) {
  const { t } = useTranslation();
  if (file.refused.length === 0 || !file.isDirty) return null;
  return (
    <Alert color="orange" variant="light" radius={0} role="alert" title={t("Not saved: the file cannot be read")} styles={TITLE_AS_TEXT}>
      <Group justify="space-between">
        <span>{t("Its processes would go on in their last good version.")}</span>
        <Button size="xs" variant="default" onClick={() => file.save(true)} loading={file.isSaving}>
          {t("Save anyway")}
        </Button>
      </Group>
    </Alert>
  );
}
