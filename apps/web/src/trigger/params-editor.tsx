import { Fieldset, JsonInput, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ParamControl } from "./param-control.tsx";
import { fieldSections, type ParamField } from "./param-fields.ts";
import classes from "./params-editor.module.css";
import type { TriggerFormState } from "./use-trigger-form.ts";

/** The parameters as fields under their headings, or as one piece of JSON. */
export function ParamsEditor({ dagId, form }: { dagId: string; form: TriggerFormState }) {
  const { t } = useTranslation();
  if (form.mode === "json") {
    return (
      <JsonInput
        label={t("Parameters")}
        value={form.text}
        onChange={form.setText}
        error={form.textProblem ? t(form.textProblem.text, { ...form.textProblem.values }) : null}
        autosize
        minRows={8}
        maxRows={24}
        formatOnBlur
        classNames={{ input: "pf-mono" }}
      />
    );
  }
  if (form.fields.length === 0) return <p className={classes["none"]}>{t("This process has no parameters.")}</p>;
  const controls = (fields: readonly ParamField[]) => (
    <Stack gap="md">
      {fields.map((field) => (
        <ParamControl
          key={field.name}
          dagId={dagId}
          field={field}
          value={form.values[field.name] ?? field.initial}
          problem={form.problems[field.name]}
          change={(value) => form.set(field.name, value)}
        />
      ))}
    </Stack>
  );
  return fieldSections(form.fields).map(([section, fields]) =>
    section === null ? (
      <div key="">{controls(fields)}</div>
    ) : (
      <Fieldset key={section} legend={section}>
        {controls(fields)}
      </Fieldset>
    ),
  );
}
