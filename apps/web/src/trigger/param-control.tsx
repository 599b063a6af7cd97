import { JsonInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FieldProblem, ParamField } from "./params-form.ts";

interface ParamControlProps {
  readonly field: ParamField;
  readonly value: string | boolean;
  readonly problem: FieldProblem | undefined;
  readonly change: (value: string | boolean) => void;
}

const INPUT_TYPES: Readonly<Record<string, string>> = { date: "date", datetime: "datetime-local" };
const INPUT_MODES = { integer: "numeric", number: "decimal" } as const;

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
  switch (field.kind) {
    case "choice":
      return (
        <Select
          {...common}
          value={value || null}
          onChange={(choice) => change(choice ?? "")}
          data={field.choices.map(({ label }) => label)}
          clearable={!field.required}
        />
      );
    case "multiline":
      return <Textarea {...input} autosize minRows={3} maxRows={10} />;
    case "array":
    case "object":
    case "json":
      return <JsonInput {...common} value={value} onChange={change} autosize minRows={3} maxRows={12} classNames={{ input: "pf-mono" }} />;
    case "integer":
    case "number":
      return <TextInput {...input} inputMode={INPUT_MODES[field.kind]} />;
    default:
      return <TextInput {...input} type={INPUT_TYPES[field.kind] ?? "text"} />;
  }
}
