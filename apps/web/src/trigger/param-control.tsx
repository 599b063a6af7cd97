import { JsonInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FieldProblem, ParamField } from "./params-form.ts";

interface ParamControlProps {
  readonly field: ParamField;
  readonly value: string | boolean;
  readonly problem: FieldProblem | undefined;
  readonly change: (value: string | boolean) => void;
}

/** How kinds that are one line of text differ for the browser and its keyboard. */
const INPUTS: Readonly<Partial<Record<ParamField["kind"], { readonly type?: string; readonly inputMode?: "numeric" | "decimal" }>>> = {
  date: { type: "date" },
  datetime: { type: "datetime-local" },
  integer: { inputMode: "numeric" },
  number: { inputMode: "decimal" },
};

const JSON_KINDS: ReadonlySet<ParamField["kind"]> = new Set(["array", "object", "json"]);

/** The control that suits a parameter's type. */
export function ParamControl({ field, value, problem, change }: ParamControlProps) {
  const { t } = useTranslation();
  const common = {
    label: field.title,
    description: field.description,
    error: problem ? t(problem.text, { ...problem.values }) : null,
    required: field.required,
  };
  if (typeof value === "boolean") {
    return <Switch {...common} required={false} checked={value} onChange={(event) => change(event.currentTarget.checked)} />;
  }
  const input = { ...common, value, onChange: (event: { currentTarget: { value: string } }) => change(event.currentTarget.value) };
  if (field.kind === "choice") {
    return (
      <Select
        {...common}
        value={value || null}
        onChange={(choice) => change(choice ?? "")}
        data={field.choices.map(({ label }) => label)}
        clearable={!field.required}
      />
    );
  }
  if (field.kind === "multiline") return <Textarea {...input} autosize minRows={3} maxRows={10} />;
  if (JSON_KINDS.has(field.kind)) {
    return <JsonInput {...common} value={value} onChange={change} autosize minRows={3} maxRows={12} classNames={{ input: "pf-mono" }} />;
  }
  return <TextInput {...input} {...INPUTS[field.kind]} />;
}
