import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconArrowBackUp, IconArrowForwardUp, IconDeviceFloppy, IconFileOff } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../../../access/use-rights.ts";
import lists from "../../../lists/lists.module.css";
import { PageHeader } from "../../../shell/page-header.tsx";
import { Problem } from "../../../ui/problem.tsx";
import { ColumnsPanel } from "./columns-panel.tsx";
import classes from "./designer.module.css";
import { FilePicker } from "./file-picker.tsx";
import { FormatPanel } from "./format-panel.tsx";
import { NextSteps } from "./next-steps.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { SaveDialog } from "./save-dialog.tsx";
import { SourcePanel } from "./source-panel.tsx";
import { TargetPanel } from "./target-panel.tsx";
import { type Designer, useDesigner } from "./use-designer.ts";

/** Lays out a file as a source: which part of it is the table, and what its columns are (B10). */
export function DesignerPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/signed-in/data/designer" });
  const navigate = useNavigate({ from: "/data/designer" });
  const designer = useDesigner();
  const [saved, setSaved] = useState<readonly string[]>();
  const { design } = designer;
  useOpened(designer, search);
  const open = (order: Parameters<Designer["open"]["mutate"]>[0]) => {
    setSaved(undefined);
    designer.open.mutate(order);
  };
  return (
    <>
      <PageHeader
        title={search.source === undefined ? t("Layout designer") : t("Layout of {{name}}", { name: search.source })}
        trail={[
          <Link key="data" to="/data" search={{ tab: "sources" }}>
            {t("Data")}
          </Link>,
        ]}
        actions={design && <Actions designer={designer} saved={setSaved} />}
      >
        <p className={lists["hint"]}>
          {t("Show which part of a file is the table and what its columns are; the description is written for you.")}
        </p>
      </PageHeader>
      <div className={classes["page"]}>
        {saved !== undefined && design && <NextSteps designer={designer} files={saved} />}
        {design === undefined ? (
          <FilePicker
            project={search.project}
            choose={(project) => void navigate({ search: { project }, replace: true })}
            open={open}
            isOpening={designer.open.isPending}
            error={designer.open.error}
          />
        ) : (
          <Panes designer={designer} />
        )}
      </div>
    </>
  );
}

/** Opens the source that the address names, once. */
function useOpened(designer: Designer, search: { readonly project?: string | undefined; readonly source?: string | undefined }): void {
  const asked = useRef<string>(undefined);
  const { project, source } = search;
  const { mutate } = designer.open;
  useEffect(() => {
    const key = `${project ?? ""} ${source ?? ""}`;
    if (project === undefined || source === undefined || asked.current === key) return;
    asked.current = key;
    mutate({ project, source });
  }, [project, source, mutate]);
}

function Actions({ designer, saved }: { designer: Designer; saved: (files: readonly string[]) => void }) {
  const { t } = useTranslation();
  const rights = useRights();
  const [isSaving, setSaving] = useState(false);
  const { design, draft, look, step } = designer;
  const may = rights.everywhere("edit", "DAG Code");
  const needsKeys = draft?.target?.mode === "merge" && draft.target.keys.length === 0;
  const isSound = look.data !== undefined && look.data.problems.length === 0 && !needsKeys;
  useHotkeys(
    [
      ["mod+Z", () => step("undo")],
      ["mod+shift+Z", () => step("redo")],
      ["mod+Y", () => step("redo")],
    ],
    ["INPUT", "TEXTAREA", "SELECT"],
  );
  if (design === undefined) return null;
  const why = may
    ? needsKeys
      ? t("Choose the key first: it tells one row from another.")
      : t("Correct the description first.")
    : t("You need the right to edit DAG Code.");
  return (
    <>
      <ActionIcon.Group>
        <Tooltip label={t("Undo")}>
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={t("Undo")}
            disabled={design.history.past.length === 0}
            onClick={() => step("undo")}
          >
            <IconArrowBackUp size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t("Redo")}>
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={t("Redo")}
            disabled={design.history.future.length === 0}
            onClick={() => step("redo")}
          >
            <IconArrowForwardUp size={18} />
          </ActionIcon>
        </Tooltip>
      </ActionIcon.Group>
      <Button variant="default" leftSection={<IconFileOff size={16} />} onClick={designer.close}>
        {t("Another file")}
      </Button>
      <Tooltip label={why} disabled={may && isSound}>
        <Button
          leftSection={<IconDeviceFloppy size={16} />}
          disabled={!may || !isSound || look.isPlaceholderData}
          onClick={() => setSaving(true)}
        >
          {t("Save")}
        </Button>
      </Tooltip>
      {isSaving && (
        <SaveDialog
          designer={designer}
          close={() => setSaving(false)}
          saved={(files) => {
            setSaving(false);
            saved(files);
          }}
        />
      )}
    </>
  );
}

function Panes({ designer }: { designer: Designer }) {
  const { t } = useTranslation();
  const [field, setField] = useState(0);
  const { look } = designer;
  return (
    <div className={classes["panes"]}>
      <div className={classes["side"]}>
        <FormatPanel designer={designer} />
        <ColumnsPanel designer={designer} selected={field} select={setField} />
        <SourcePanel designer={designer} />
        <TargetPanel designer={designer} />
      </div>
      <section
        className={classes["main"]}
        aria-label={t("What the file becomes")}
        aria-busy={look.isFetching || designer.restructure.isPending}
      >
        {look.error && !look.data ? (
          <Problem error={look.error} retry={() => void look.refetch()} />
        ) : (
          <ResultPanel designer={designer} selected={field} select={setField} />
        )}
      </section>
    </div>
  );
}
