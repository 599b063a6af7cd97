import { Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Card } from "../../../ui/card.tsx";
import classes from "./designer.module.css";
import type { Designer } from "./use-designer.ts";

const NAME = /^[a-z0-9._-]+$/;

/** How the source is called, and where it finds its file. */
export function SourcePanel({ designer: { design, draft, change } }: { designer: Designer }) {
  const { t } = useTranslation();
  if (design === undefined || draft === undefined) return null;
  const { layout } = draft;
  const set = (key: "name" | "path" | "title" | "description", value: string) => {
    const { [key]: _old, ...rest } = layout;
    change(
      { layout: value === "" && key !== "name" ? { ...rest, name: layout.name, schema: layout.schema } : { ...layout, [key]: value } },
      key,
    );
  };
  return (
    <Card title={t("Source")} aside={<span className={classes["dim"]}>{design.project}</span>}>
      <div className={classes["fields"]}>
        <TextInput
          label={t("Name")}
          classNames={{ input: "pf-mono" }}
          value={layout.name}
          disabled={design.source !== undefined}
          error={NAME.test(layout.name) ? undefined : t("Lower-case letters, digits, dot, dash and underscore only")}
          onChange={(event) => set("name", event.currentTarget.value)}
        />
        <TextInput label={t("Title")} value={layout.title ?? ""} onChange={(event) => set("title", event.currentTarget.value)} />
        <TextInput
          label={t("Place of the file")}
          description={t("From the project's folder {{folder}} on; a mask or an address on a connection is possible.", {
            folder: "source",
          })}
          classNames={{ input: "pf-mono" }}
          value={layout.path ?? ""}
          onChange={(event) => set("path", event.currentTarget.value)}
        />
        <Textarea
          label={t("Description")}
          autosize
          maxRows={4}
          value={layout.description ?? ""}
          onChange={(event) => set("description", event.currentTarget.value)}
        />
      </div>
    </Card>
  );
}
