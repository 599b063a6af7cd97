import { Autocomplete, JsonInput, MultiSelect, Select, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/format-provider.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { FileControl } from "./file-control.tsx";
import type { FieldValue, ParamField } from "./param-fields.ts";
import type { FieldProblem } from "./read-form.ts";
import { fieldOfInstant } from "./zoned-input.ts";

interface ParamControlProps {
  readonly dagId: string;
  readonly field: ParamField;
  readonly value: FieldValue;
  readonly problem: FieldProblem | undefined;
  readonly change: (value: FieldValue) => void;
}

/** How kinds that are one line of text differ for the browser and its keyboard. */
const INPUTS: Readonly<Partial<Record<ParamField["kind"], { readonly type?: string; readonly inputMode?: "numeric" | "decimal" }>>> = {
  date: { type: "date" },
  datetime: { type: "datetime-local" },
  time: { type: "time" },
  integer: { inputMode: "numeric" },
  number: { inputMode: "decimal" },
};

const JSON_KINDS: ReadonlySet<ParamField["kind"]> = new Set(["array", "object", "json"]);

/** The control that suits a parameter's type. */
export function ParamControl({ dagId, field, value, problem, change }: ParamControlProps) {
  const { t } = useTranslation();
  const common = {
    label: field.title,
    description: field.descriptionMd === null ? field.description : <Markdown source={field.descriptionMd} />,
    descriptionProps: { component: "div" as const },
    error: problem ? t(problem.text, { ...problem.values }) : null,
    required: field.required,
  };
  if (typeof value === "boolean") {
    return <Switch {...common} required={false} checked={value} onChange={(event) => change(event.currentTarget.checked)} />;
  }
  if (field.kind === "file" || field.kind === "files")
    return <FileControl common={common} dagId={dagId} field={field} value={value} change={change} />;
  if (typeof value !== "string") {
    return field.kind === "choices" ? (
      <MultiSelect {...common} value={[...value]} onChange={change} data={field.choices.map(({ label }) => label)} searchable clearable />
    ) : (
      <TagsInput
        {...common}
        value={[...value]}
        onChange={change}
        data={[...field.proposals]}
        placeholder={t("Type a value and press Enter")}
      />
    );
  }
  return <TextControl common={common} field={field} value={value} change={change} />;
}

interface TextControlProps {
  readonly common: object;
  readonly field: ParamField;
  readonly value: string;
  readonly change: (value: string) => void;
}

function TextControl({ common, field, value, change }: TextControlProps) {
  const { zone } = useFormat();
  const input = { ...common, value, onChange: (event: { currentTarget: { value: string } }) => change(event.currentTarget.value) };
  if (field.kind === "choice") {
    const chosen = field.choices.find((choice) => choice.label === value || String(choice.value) === value);
    return (
      <Select
        {...common}
        value={chosen?.label ?? null}
        onChange={(choice) => change(choice ?? "")}
        data={field.choices.map(({ label }) => label)}
        clearable={!field.required}
        searchable={field.choices.length > 8}
      />
    );
  }
  if (field.kind === "multiline") return <Textarea {...input} autosize minRows={3} maxRows={10} />;
  if (JSON_KINDS.has(field.kind))
    return <JsonInput {...common} value={value} onChange={change} autosize minRows={3} maxRows={12} classNames={{ input: "pf-mono" }} />;
  if (field.kind === "datetime") {
    // A default is an instant with its zone; what somebody picks is wall-clock time.
    return <TextInput {...input} {...INPUTS.datetime} value={/[Zz]$|[+-]\d\d:?\d\d$/.test(value) ? fieldOfInstant(value, zone) : value} />;
  }
  if (field.proposals.length > 0) return <Autocomplete {...common} value={value} onChange={change} data={[...field.proposals]} />;
  return <TextInput {...input} {...INPUTS[field.kind]} />;
}
