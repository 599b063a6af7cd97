import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./page-tabs.module.css";

interface PageTabsProps<Tab extends string> {
  readonly label: string;
  readonly tabs: readonly { readonly value: Tab; readonly label: string; readonly count?: number | undefined }[];
  readonly value: Tab;
  readonly choose: (tab: Tab) => void;
  /** Contents of the chosen tab. */
  readonly children: ReactNode;
}

/** Tabs below a page's title; the chosen one is kept in the address by the page. */
export function PageTabs<Tab extends string>({ label, tabs, value, choose, children }: PageTabsProps<Tab>) {
  return (
    <Tabs
      value={value}
      onChange={(next) => {
        const tab = tabs.find((one) => one.value === next);
        if (tab) choose(tab.value);
      }}
      keepMounted={false}
      classNames={{ root: classes["root"] ?? "", list: classes["list"] ?? "", tab: classes["tab"] ?? "", panel: classes["panel"] ?? "" }}
    >
      <Tabs.List aria-label={label}>
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.value} value={tab.value}>
            {tab.label}
            {tab.count !== undefined && tab.count > 0 && <span className={classes["count"]}>{tab.count}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={value}>{children}</Tabs.Panel>
    </Tabs>
  );
}
