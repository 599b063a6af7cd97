import { Button, FileButton, Group } from "@mantine/core";
import { IconDownload, IconPlayerPlay, IconUpload } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../access/use-rights.ts";
import { type DataReject, importRejects, rejectsAddress, replayRejects, type RejectFilter } from "../../api/data.ts";
import { ConfirmDialog } from "../../lists/confirm-dialog.tsx";
import { notifyDone, notifyProblem } from "../../ui/notify.ts";

/** What can be done with all rejects that are listed: downloaded, brought back corrected, loaded. */
export function RejectActions({ rejects, filter }: { rejects: readonly DataReject[]; filter: RejectFilter }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const mayEdit = useRights().everywhere("edit", "Data");
  const [isAsking, ask] = useState(false);
  const fixed = Map.groupBy(
    rejects.filter(({ state }) => state === "fixed"),
    (reject) => reject.load_id,
  );
  const take = useMutation({
    mutationFn: importRejects,
    onSuccess: ({ count }) => {
      notifyDone(t("{{count}} record corrected", { count }));
      return client.invalidateQueries({ queryKey: ["data", "rejects"] });
    },
    onError: notifyProblem,
  });
  const replay = async () => {
    const results = { loaded: 0, rejected: 0 };
    try {
      for (const loadId of fixed.keys()) {
        const { loaded, rejected } = await replayRejects(loadId);
        results.loaded += loaded;
        results.rejected += rejected;
      }
    } finally {
      await client.invalidateQueries({ queryKey: ["data"] });
    }
    notifyDone(t("Loaded: {{loaded}}, rejected again: {{rejected}}", results));
  };
  return (
    <Group gap="xs" ms="auto">
      {rejects.length > 0 &&
        (["csv", "xlsx"] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            leftSection={<IconDownload size={16} />}
            renderRoot={(props) => <a {...props} href={rejectsAddress(filter, format, i18n.language)} download />}
          >
            {format === "csv" ? t("Download CSV") : t("Download Excel")}
          </Button>
        ))}
      {mayEdit && rejects.length > 0 && (
        <FileButton accept=".csv,.xlsx" onChange={(file) => file && take.mutate(file)}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconUpload size={16} />} loading={take.isPending}>
              {t("Bring back corrected")}
            </Button>
          )}
        </FileButton>
      )}
      {mayEdit && fixed.size > 0 && (
        <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => ask(true)}>
          {t("Load corrected rows")}
        </Button>
      )}
      {isAsking && (
        <ConfirmDialog
          asked={{
            title: t("Load the corrected rows?"),
            text: t("They go through the same flow as before. What is wrong again is listed again."),
            names: [...fixed].map(
              ([loadId, found]) => `${found[0]?.flow ?? ""} · ${loadId.slice(0, 8)} · ${new Set(found.map(({ row }) => row)).size}`,
            ),
            confirm: t("Load"),
            run: replay,
          }}
          close={() => ask(false)}
        />
      )}
    </Group>
  );
}
