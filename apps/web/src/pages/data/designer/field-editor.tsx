import { Checkbox, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { LayoutField, TargetWish } from "../../../api/layouts.ts";
import classes from "./designer.module.css";
import { fieldsOf, hasSpelling, withField } from "./layout-model.ts";
import type { Designer } from "./use-designer.ts";

/** All that can be said of one column. */
export function FieldEditor({ designer, index }: { designer: Designer; index: number }) {
  const { t } = useTranslation();
  const { design, draft, change } = designer;
  const field = draft && fieldsOf(draft.layout)[index];
  if (draft === undefined || field === undefined) return null;
  const set = (part: Partial<LayoutField>) =>
    change({ layout: withField(draft.layout, index, part) }, `${index} ${Object.keys(part).join()}`);
  const text = (key: "format" | "decimalChar" | "groupChar" | "path" | "description", label: string, placeholder?: string) => (
    <TextInput
      label={label}
      {...(placeholder === undefined ? {} : { placeholder })}
      classNames={{ input: key === "description" ? "" : "pf-mono" }}
      {...(key === "decimalChar" || key === "groupChar" ? { maxLength: 1 } : {})}
      value={field[key] ?? ""}
      onChange={(event) => set({ [key]: event.currentTarget.value || undefined })}
    />
  );
  const list = (key: "missingValues" | "trueValues" | "falseValues", label: string, description?: string) => (
    <TagsInput
      label={label}
      {...(description === undefined ? {} : { description })}
      value={[...(field[key] ?? [])].map((value) => (value === "" ? "∅" : value))}
      onChange={(values) => set({ [key]: values.length === 0 ? undefined : values.map((value) => (value === "∅" ? "" : value)) })}
    />
  );
  const reasons = design?.reasons[field.name] ?? [];
  return (
    <fieldset className={classes["fieldEditor"]}>
      <legend className="pf-mono">{field.name}</legend>
      {reasons.length > 0 && <p className={classes["reason"]}>{reasons.join("; ")}</p>}
      {field.path !== undefined && text("path", t("Place in the record"))}
      {hasSpelling(field, "format") && text("format", t("Format of dates"), "%d.%m.%Y")}
      {(hasSpelling(field, "decimalChar") || hasSpelling(field, "groupChar")) && (
        <div className={classes["pair"]}>
          {hasSpelling(field, "decimalChar") && text("decimalChar", t("Decimal sign"), ".")}
          {hasSpelling(field, "groupChar") && text("groupChar", t("Thousands sign"))}
        </div>
      )}
      {hasSpelling(field, "trueValues") && list("trueValues", t("Texts for yes"))}
      {hasSpelling(field, "falseValues") && list("falseValues", t("Texts for no"))}
      {list("missingValues", t("Texts for no value"), t("∅ is the empty text."))}
      {text("description", t("Description"))}
      <Flags designer={designer} field={field} set={set} />
    </fieldset>
  );
}

function Flags({
  designer: { draft, change },
  field,
  set,
}: {
  designer: Designer;
  field: LayoutField;
  set: (part: Partial<LayoutField>) => void;
}) {
  const { t } = useTranslation();
  const target = draft?.target;
  const toggle = (key: "keys" | "unique", isOn: boolean): void => {
    if (target === undefined) return;
    const names = target[key].filter((name) => name !== field.name);
    const next: TargetWish = { ...target, [key]: isOn ? [...names, field.name] : names };
    change({ target: next });
  };
  const required = field.constraints?.["required"] === true;
  return (
    <div className={classes["flags"]}>
      <Checkbox
        label={t("Required")}
        checked={required}
        onChange={(event) => {
          const { required: _required, ...others } = field.constraints ?? {};
          set({ constraints: event.currentTarget.checked ? { ...others, required: true } : others });
        }}
      />
      {target && (
        <Checkbox
          label={t("Unique")}
          checked={target.unique.includes(field.name)}
          onChange={(event) => toggle("unique", event.currentTarget.checked)}
        />
      )}
      {target && (
        <Checkbox
          label={t("Key")}
          checked={target.keys.includes(field.name)}
          onChange={(event) => toggle("keys", event.currentTarget.checked)}
        />
      )}
    </div>
  );
}
