import { Select } from "@mantine/core";
import type { UiConnectionType } from "@polyflow/contracts/wire";
import { useTranslation } from "react-i18next";
import { useLocalText } from "../../i18n/use-local-text.ts";
import { typeOf } from "./connection-draft.ts";

interface ConnectionTypeSelectProps {
  readonly types: readonly UiConnectionType[];
  readonly value: string;
  readonly choose: (type: string) => void;
}

/** A type that no provider describes stays to be chosen while it is the connection's. */
export function ConnectionTypeSelect({ types, value, choose }: ConnectionTypeSelectProps) {
  const { t } = useTranslation();
  const local = useLocalText();
  const known = types.map(({ type, title }) => ({ value: type, label: local(title) }));
  const own = typeOf(types, value);
  return (
    <Select
      label={t("Type")}
      searchable
      allowDeselect={false}
      value={own?.type ?? value}
      onChange={(chosen) => chosen !== null && choose(chosen)}
      data={own === undefined ? [...known, { value, label: value }] : known}
    />
  );
}
