import { NativeSelect, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TargetWish } from "../../../api/layouts.ts";
import { Card } from "../../../ui/card.tsx";
import classes from "./designer.module.css";
import type { Designer } from "./use-designer.ts";

const EMPTY: TargetWish = { schema: "staging", mode: "replace", keys: [], unique: [] };

/** Whether a table and a flow are made with the source, and how the flow loads. */
export function TargetPanel({ designer: { draft, change } }: { designer: Designer }) {
  const { t } = useTranslation();
  if (draft === undefined) return null;
  const { target } = draft;
  const modes = [
    { value: "replace", label: t("replace the whole table") },
    { value: "merge", label: t("merge by the key") },
    { value: "append", label: t("append every file") },
  ];
  return (
    <Card title={t("Table and flow")}>
      <div className={classes["fields"]}>
        <Switch
          label={t("Make a table and a flow for it, too")}
          checked={target !== undefined}
          onChange={(event) => change({ target: event.currentTarget.checked ? EMPTY : undefined })}
        />
        {target && (
          <>
            <div className={classes["pair"]}>
              <TextInput
                label={t("Schema")}
                classNames={{ input: "pf-mono" }}
                value={target.schema}
                error={/^[a-z_][a-z0-9_]*$/.test(target.schema) ? undefined : t("Lower-case letters, digits and underscore only")}
                onChange={(event) => change({ target: { ...target, schema: event.currentTarget.value } }, "schema")}
              />
              <NativeSelect
                label={t("How it loads")}
                data={modes}
                value={target.mode}
                onChange={(event) => {
                  const mode = (["replace", "merge", "append"] as const).find((one) => one === event.currentTarget.value);
                  if (mode !== undefined) change({ target: { ...target, mode } });
                }}
              />
            </div>
            <p className={classes["dim"]}>
              {target.keys.length > 0
                ? t("Key: {{names}}", { names: target.keys.join(", ") })
                : t("No key: choose it at a column to merge only what has changed.")}
            </p>
          </>
        )}
      </div>
    </Card>
  );
}
