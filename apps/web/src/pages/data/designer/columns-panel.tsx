import { NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FieldType, LayoutField } from "../../../api/layouts.ts";
import { Card } from "../../../ui/card.tsx";
import classes from "./designer.module.css";
import { FieldEditor } from "./field-editor.tsx";
import { FIELD_TYPES, fieldsOf, withField } from "./layout-model.ts";
import type { Designer } from "./use-designer.ts";

interface ColumnsPanelProps {
  readonly designer: Designer;
  readonly selected: number;
  readonly select: (index: number) => void;
}

/** The columns with their types; the chosen one with all that can be said of it. */
export function ColumnsPanel({ designer, selected, select }: ColumnsPanelProps) {
  const { t } = useTranslation();
  const { draft, look } = designer;
  if (draft === undefined) return null;
  const fields = fieldsOf(draft.layout);
  const counts = Map.groupBy(look.data?.preview?.rejects ?? [], (reject) => reject.column);
  const shown = fields[selected];
  return (
    <Card title={t("Columns")} aside={<span className={classes["dim"]}>{fields.length}</span>}>
      <ul className={classes["columns"]} aria-label={t("Columns")}>
        {fields.map((field, index) => (
          <Row
            key={field.name}
            field={field}
            isSelected={index === selected}
            rejects={counts.get(field.name)?.length ?? 0}
            select={() => select(index)}
            setType={(type) => designer.change({ layout: withField(draft.layout, index, { type }) })}
          />
        ))}
      </ul>
      {shown && <FieldEditor key={shown.name} designer={designer} index={selected} />}
    </Card>
  );
}

interface RowProps {
  readonly field: LayoutField;
  readonly isSelected: boolean;
  readonly rejects: number;
  readonly select: () => void;
  readonly setType: (type: FieldType) => void;
}

function Row({ field, isSelected, rejects, select, setType }: RowProps) {
  const { t } = useTranslation();
  return (
    <li className={classes["column"]} data-selected={isSelected ? "" : undefined}>
      <button type="button" className={classes["columnName"]} aria-pressed={isSelected} onClick={select}>
        <span className="pf-mono">{field.name}</span>
        {rejects > 0 && (
          <span className={classes["bad"]} title={t("{{count}} rejected value", { count: rejects })}>
            {rejects}
          </span>
        )}
      </button>
      <NativeSelect
        size="xs"
        w={112}
        aria-label={t("Type of {{name}}", { name: field.name })}
        data={[...FIELD_TYPES]}
        value={field.type ?? "string"}
        onChange={(event) => {
          const type = FIELD_TYPES.find((one) => one === event.currentTarget.value);
          if (type !== undefined) setType(type);
        }}
      />
    </li>
  );
}
