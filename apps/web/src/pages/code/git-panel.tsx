import { Button, Checkbox, Skeleton, Stack, Textarea, UnstyledButton } from "@mantine/core";
import { IconGitBranch } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { commitFiles, type GitChange, gitHistoryQuery, gitStatusQuery } from "../../api/code.ts";
import { msgid } from "../../i18n/msgid.ts";
import { Nothing, Problem } from "../../ui/problem.tsx";
import { When } from "../../ui/when.tsx";
import { notifyDone, notifyProblem } from "../../ui/notify.ts";
import classes from "./code-page.module.css";

const CHANGES: Readonly<Record<GitChange["change"], string>> = {
  added: msgid("new"),
  untracked: msgid("new"),
  modified: msgid("changed"),
  deleted: msgid("deleted"),
  renamed: msgid("renamed"),
  conflict: msgid("in conflict"),
};

/** State of the checkout, a commit of chosen files, and the latest commits. */
export function GitPanel({ project, open }: { project: string; open: (path: string) => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(gitStatusQuery(project));
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={160} />;
  if (data.git === null)
    return (
      <Nothing title={t("No git checkout")}>{t("Make the project's folder a git repository to see and commit changes here.")}</Nothing>
    );
  return (
    <Stack gap="sm">
      <span className={classes["change"]}>
        <IconGitBranch size={16} aria-hidden />
        {data.git.branch ?? t("no branch")}
      </span>
      <Changes key={project} project={project} changes={data.git.changes} open={open} />
      <History project={project} />
    </Stack>
  );
}

interface ChangesProps {
  readonly project: string;
  readonly changes: readonly GitChange[];
  readonly open: (path: string) => void;
}

function Changes({ project, changes, open }: ChangesProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const rights = useRights();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState("");
  const chosen = changes.map(({ path }) => path).filter((path) => !left.has(path));
  const commit = useMutation({
    mutationFn: () => commitFiles(project, chosen, message),
    onSuccess: () => {
      setMessage("");
      notifyDone(t("{{count}} file committed", { count: chosen.length }));
    },
    onError: notifyProblem,
    onSettled: () => client.invalidateQueries({ queryKey: ["code"] }),
  });
  const toggle = (path: string) =>
    setLeft((before) => {
      const after = new Set(before);
      if (!after.delete(path)) after.add(path);
      return after;
    });
  if (changes.length === 0) return <p className={classes["dim"]}>{t("Nothing has changed since the last commit.")}</p>;
  return (
    <>
      <ul className={classes["changes"]} aria-label={t("Changes")}>
        {changes.map(({ path, change }) => (
          <li key={path} className={classes["change"]}>
            <Checkbox size="xs" checked={!left.has(path)} onChange={() => toggle(path)} aria-label={t("Commit {{name}}", { name: path })} />
            <UnstyledButton fz="sm" disabled={change === "deleted"} onClick={() => open(path)}>
              {path}
            </UnstyledButton>
            <span className={classes["dim"]}>{t(CHANGES[change])}</span>
          </li>
        ))}
      </ul>
      {rights.everywhere("edit", "DAG Code") && (
        <>
          <Textarea
            aria-label={t("Message of the commit")}
            placeholder={t("What has changed, and why")}
            autosize
            minRows={2}
            maxRows={8}
            value={message}
            onChange={(event) => setMessage(event.currentTarget.value)}
          />
          <Button onClick={() => commit.mutate()} loading={commit.isPending} disabled={chosen.length === 0 || message.trim() === ""}>
            {t("Commit {{count}} file", { count: chosen.length })}
          </Button>
        </>
      )}
    </>
  );
}

function History({ project }: { project: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(gitHistoryQuery(project, undefined));
  if (!data || data.commits.length === 0) return null;
  return (
    <ul className={classes["commits"]} aria-label={t("Latest commits")}>
      {data.commits.map((commit) => (
        <li key={commit.hash}>
          {commit.subject}
          <div className={classes["dim"]}>
            {commit.author} · <When at={commit.at} />
          </div>
        </li>
      ))}
    </ul>
  );
}
