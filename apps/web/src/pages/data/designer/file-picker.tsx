import { Alert, Button, FileButton, Loader, Progress, Select, TextInput } from "@mantine/core";
import { IconCloudDownload, IconFileSpreadsheet, IconUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { dataOverviewQuery } from "../../../api/data.ts";
import { fetchLayoutFile, type LayoutFileEntry, layoutFilesQuery, uploadLayoutFile } from "../../../api/layouts.ts";
import { useFormat } from "../../../format/format-provider.tsx";
import { Card } from "../../../ui/card.tsx";
import { problemText } from "../../../ui/problem.tsx";
import classes from "./designer.module.css";
import type { Designer } from "./use-designer.ts";

interface FilePickerProps {
  readonly project: string | undefined;
  readonly choose: (project: string) => void;
  readonly open: (order: Parameters<Designer["open"]["mutate"]>[0]) => void;
  readonly isOpening: boolean;
  readonly error: Error | null;
}

const FORMATS = "Excel, CSV, JSON, XML, Parquet, DBF";
const ADDRESS = "sftp://connection_id/out/sales.csv";

/** Which file is to be laid out: dropped here, in the project already, or on a connection. */
export function FilePicker({ project: wanted, choose, open, isOpening, error }: FilePickerProps) {
  const { t } = useTranslation();
  const { data: overview } = useQuery(dataOverviewQuery);
  const projects = overview?.projects ?? [];
  const project = wanted ?? projects[0] ?? "";
  return (
    <div className={classes["picker"]}>
      <Select
        label={t("Project")}
        description={t("The description is saved in its folder {{folder}}.", { folder: "metadata" })}
        maw={360}
        allowDeselect={false}
        data={[...projects]}
        value={project === "" ? null : project}
        onChange={(value) => value !== null && choose(value)}
      />
      {error && (
        <Alert color="red" variant="light" role="alert" title={t("The file could not be opened")}>
          {problemText(error, t)}
        </Alert>
      )}
      {isOpening && (
        <p className={classes["opening"]} role="status">
          <Loader size="xs" /> {t("Reading the file…")}
        </p>
      )}
      <Upload project={project} open={(file) => open({ project, file })} />
      <Remote project={project} open={(file, address) => open({ project, file, address })} />
      <ProjectFiles project={project} open={(file) => open({ project, file })} />
    </div>
  );
}

function Upload({ project, open }: { project: string; open: (file: LayoutFileEntry) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [share, setShare] = useState(0);
  const [isOver, setOver] = useState(false);
  const upload = useMutation({
    mutationFn: (file: File) => uploadLayoutFile(project, file, setShare),
    onSuccess: (kept) => {
      void client.invalidateQueries({ queryKey: layoutFilesQuery(project).queryKey });
      open(kept);
    },
  });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file) upload.mutate(file);
  };
  return (
    <div
      className={classes["drop"]}
      data-over={isOver ? "" : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileSpreadsheet size={34} stroke={1.4} aria-hidden />
      <p className={classes["dropTitle"]}>{t("Drop a file here")}</p>
      <p className={classes["dim"]}>{t("{{formats}}; packed ones, too", { formats: FORMATS })}</p>
      <FileButton onChange={(file) => file && upload.mutate(file)} disabled={project === ""}>
        {(props) => (
          <Button {...props} leftSection={<IconUpload size={16} />} loading={upload.isPending}>
            {t("Choose a file")}
          </Button>
        )}
      </FileButton>
      {upload.isPending && <Progress value={share * 100} w="100%" maw={320} aria-label={t("Upload")} />}
      {upload.error && (
        <Alert color="red" variant="light" role="alert">
          {problemText(upload.error, t)}
        </Alert>
      )}
    </div>
  );
}

function Remote({ project, open }: { project: string; open: (file: LayoutFileEntry, address: string) => void }) {
  const { t } = useTranslation();
  const [address, setAddress] = useState("");
  const load = useMutation({
    mutationFn: () => fetchLayoutFile(project, address.trim()),
    onSuccess: (kept) => open(kept, address.trim()),
  });
  return (
    <form
      className={classes["remote"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (address.trim() !== "") load.mutate();
      }}
    >
      <TextInput
        flex={1}
        label={t("Or take it from a connection")}
        placeholder={ADDRESS}
        classNames={{ input: "pf-mono" }}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        error={load.error && problemText(load.error, t)}
      />
      <Button
        type="submit"
        variant="default"
        leftSection={<IconCloudDownload size={16} />}
        loading={load.isPending}
        disabled={address.trim() === ""}
      >
        {t("Open", { context: "action" })}
      </Button>
    </form>
  );
}

function ProjectFiles({ project, open }: { project: string; open: (file: LayoutFileEntry) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [wanted, setWanted] = useState("");
  const { data, error } = useQuery(layoutFilesQuery(project));
  if (error) return <Alert color="red">{problemText(error, t)}</Alert>;
  const found = (data?.files ?? []).filter(({ path }) => path.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <Card title={t("Files of the project")}>
      <div className={classes["files"]}>
        <TextInput
          aria-label={t("Search files")}
          placeholder={t("Search files")}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        {data !== undefined && found.length === 0 && (
          <p className={classes["dim"]}>{t("No files here yet. The folder {{folder}} and uploads are shown.", { folder: "source" })}</p>
        )}
        <ul className={classes["fileList"]} aria-label={t("Files of the project")}>
          {found.map((file) => (
            <li key={`${file.place} ${file.path}`}>
              <button type="button" className={classes["file"]} onClick={() => open(file)}>
                <span className="pf-mono">{file.path}</span>
                <span className={classes["dim"]}>
                  {file.place === "upload" ? t("uploaded") : t("in the project")}
                  {" · "}
                  {t("{{size}} kB", { size: format.number(Math.max(1, Math.round(file.bytes / 1000))) })}
                </span>
              </button>
            </li>
          ))}
        </ul>
        {data?.is_cut && <p className={classes["dim"]}>{t("There are more files than are shown.")}</p>}
      </div>
    </Card>
  );
}
