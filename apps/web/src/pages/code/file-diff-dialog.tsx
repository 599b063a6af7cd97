import { Modal, Select, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { committedFileQuery, type FileAddress, gitHistoryQuery } from "../../api/code.ts";
import { DiffView } from "../../code-editor/diff-view.tsx";
import { useFormat } from "../../format/format-provider.tsx";
import { Problem } from "../../ui/problem.tsx";

interface FileDiffDialogProps {
  readonly address: FileAddress;
  readonly content: string;
  readonly close: () => void;
}

/** What the open text changes against the last commit, or an older one. */
export function FileDiffDialog({ address, content, close }: FileDiffDialogProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [commit, setCommit] = useState<string | undefined>();
  const history = useQuery(gitHistoryQuery(address.project, address.path));
  const before = useQuery(committedFileQuery(address, commit));
  const commits = history.data?.commits ?? [];
  return (
    <Modal
      opened
      onClose={close}
      size="90%"
      title={t("Differences of {{name}}", { name: address.path })}
      closeButtonProps={{ "aria-label": t("Close") }}
    >
      <Stack>
        <Select
          label={t("Compared with")}
          value={commit ?? commits[0]?.hash ?? null}
          onChange={(value) => setCommit(value ?? undefined)}
          placeholder={t("The last commit")}
          data={commits.map(({ hash, subject, at, author }) => ({
            value: hash,
            label: `${format.shortInstant(at)} · ${author} · ${subject}`,
          }))}
        />
        {before.error ? (
          <Problem error={before.error} />
        ) : before.data ? (
          <DiffView path={address.path} before={before.data.content} after={content} />
        ) : (
          <Skeleton height={320} />
        )}
      </Stack>
    </Modal>
  );
}
