import { Button, Menu } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { recentConfsQuery } from "../api/runs.ts";
import { useFormat } from "../format/format-provider.tsx";
import type { Conf } from "./read-form.ts";

const LONGEST_PREVIEW = 90;

/** Takes over what an earlier run was started with. */
export function RecentValues({ dagId, choose }: { dagId: string; choose: (conf: Conf) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery(recentConfsQuery(dagId));
  if (!data || data.length === 0) return null;
  return (
    <Menu position="bottom-end" width={420}>
      <Menu.Target>
        <Button variant="default" size="xs" leftSection={<IconHistory size={15} />}>
          {t("Recent values")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {data.map((run) => (
          <Menu.Item key={run.text} onClick={() => choose(run.conf)}>
            <div>{format.shortInstant(run.at)}</div>
            <div className="pf-mono" style={{ color: "var(--mantine-color-dimmed)", overflowWrap: "anywhere" }}>
              {run.text.length > LONGEST_PREVIEW ? `${run.text.slice(0, LONGEST_PREVIEW)}…` : run.text}
            </div>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
