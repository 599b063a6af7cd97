import { Alert, Button } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ConnectionBody } from "../../api/admin.ts";
import { type ConnectionTrial, tryConnection } from "../../api/connections.ts";
import { problemText } from "../../ui/problem.tsx";

/** What trying gave, for the body that was tried: a change of the form makes it void. */
export function useConnectionTrial(body: ConnectionBody | undefined) {
  const trial = useMutation({ mutationFn: tryConnection });
  const isOfThis = JSON.stringify(trial.variables) === JSON.stringify(body);
  return { trial, isOfThis, body };
}

type Trial = ReturnType<typeof useConnectionTrial>;

export function TryButton({ trial, body }: Trial) {
  const { t } = useTranslation();
  return (
    <Button
      variant="default"
      mr="auto"
      leftSection={<IconPlugConnected size={16} aria-hidden />}
      disabled={body === undefined}
      loading={trial.isPending}
      onClick={() => body !== undefined && trial.mutate(body)}
    >
      {t("Test connection")}
    </Button>
  );
}

export function TrialResult({ trial, isOfThis }: Trial) {
  const { t } = useTranslation();
  if (!isOfThis || trial.isPending) return null;
  const answer: ConnectionTrial | undefined = trial.error ? { status: false, message: problemText(trial.error, t) } : trial.data;
  if (answer === undefined) return null;
  return (
    <Alert
      role={answer.status ? "status" : "alert"}
      color={answer.status ? "green" : "red"}
      variant="light"
      title={answer.status ? t("The connection works") : t("The connection does not work")}
      style={{ overflowWrap: "anywhere" }}
    >
      {answer.message}
    </Alert>
  );
}
