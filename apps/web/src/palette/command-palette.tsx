import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./command-palette.module.css";
import type { PaletteItem } from "./palette-items.ts";
import { usePaletteItems } from "./use-palette-items.ts";

const TYPING_PAUSE_MS = 120;

/** Leads everywhere by a few letters: processes, pages, settings. Arrow keys choose, Enter goes. */
export function CommandPalette({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [wanted] = useDebouncedValue(typed, TYPING_PAUSE_MS);
  const items = usePaletteItems(typed, wanted);
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const current = Math.min(chosen, items.length - 1);
  useEffect(() => setChosen(0), [typed]);
  useEffect(() => {
    // Not returned: newer browsers answer a promise, which React would take for a clean-up.
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const run = (item: PaletteItem | undefined) => {
    if (!item) return;
    close();
    item.run();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setChosen((current + 1) % Math.max(items.length, 1));
    else if (event.key === "ArrowUp") setChosen((current + items.length - 1) % Math.max(items.length, 1));
    else if (event.key === "Enter") run(items[current]);
    else return;
    event.preventDefault();
  };
  const groups = [...Map.groupBy(items, (item) => item.group)];
  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={560}
      yOffset="10vh"
      attributes={{ content: { "aria-label": t("Command palette") } }}
      transitionProps={{ duration: 0 }}
    >
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        className={classes["input"] ?? ""}
        leftSection={<IconSearch size={18} />}
        aria-label={t("Search processes, pages and settings")}
        placeholder={t("Search processes, pages and settings")}
        role="combobox"
        aria-expanded
        aria-controls="palette-items"
        aria-activedescendant={items[current] ? `palette-${current}` : undefined}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={press}
      />
      <div ref={list} id="palette-items" role="listbox" aria-label={t("Found")} className={classes["items"]}>
        {groups.map(([group, own]) => (
          <div key={group} role="group" aria-label={group}>
            <div className={classes["group"]} aria-hidden>
              {group}
            </div>
            {own.map((item) => {
              const index = items.indexOf(item);
              return (
                <div
                  key={item.id}
                  id={`palette-${index}`}
                  role="option"
                  aria-selected={index === current}
                  className={classes["item"]}
                  onMouseMove={() => setChosen(index)}
                  onClick={() => run(item)}
                >
                  {item.label}
                  {item.hint !== undefined && <span className={classes["hint"]}>{item.hint}</span>}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      {items.length === 0 && <p className={classes["none"]}>{t("Nothing found")}</p>}
    </Modal>
  );
}
