import { Button, CloseButton, FileButton, Group, Input, Progress, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { uploadFile } from "../api/uploads.ts";
import { problemText } from "../ui/problem.tsx";
import type { FieldValue, ParamField } from "./param-fields.ts";

interface FileControlProps {
  readonly common: { readonly label: string; readonly description: ReactNode; readonly error: ReactNode; readonly required: boolean };
  readonly dagId: string;
  readonly field: ParamField;
  readonly value: Exclude<FieldValue, boolean>;
  readonly change: (value: FieldValue) => void;
}

/** Files that go to the server at once; the parameter's value is where they are kept. A path can be typed as well. */
export function FileControl({ common, dagId, field, value, change }: FileControlProps) {
  const { t } = useTranslation();
  const id = useId();
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const paths = typeof value === "string" ? (value === "" ? [] : [value]) : value;
  const isMany = field.kind === "files";
  const set = (next: readonly string[]) => change(isMany ? next : (next.at(-1) ?? ""));
  const take = async (files: readonly File[]) => {
    setProblem(null);
    const added: string[] = [];
    try {
      for (const file of files) {
        setShare(0);
        added.push((await uploadFile(dagId, file, setShare)).path);
      }
    } catch (error) {
      setProblem(problemText(error, t));
    } finally {
      setShare(null);
      if (added.length > 0) set(isMany ? [...paths, ...added] : added);
    }
  };
  const accept = field.accept.length === 0 ? {} : { accept: field.accept.join(",") };
  return (
    <Input.Wrapper id={id} label={common.label} description={common.description} error={problem ?? common.error} required={common.required}>
      <Group gap="xs" mt={4} align="start" wrap="nowrap">
        <TextInput
          id={id}
          flex={1}
          classNames={{ input: "pf-mono" }}
          placeholder={t("No file chosen")}
          value={isMany ? "" : (paths[0] ?? "")}
          disabled={isMany}
          onChange={(event) => change(event.currentTarget.value)}
        />
        <FileButton
          multiple={isMany}
          {...accept}
          onChange={(chosen: File | File[] | null) => void take(chosen === null ? [] : [chosen].flat())}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconUpload size={16} />} loading={share !== null}>
              {t("Upload")}
            </Button>
          )}
        </FileButton>
      </Group>
      {share !== null && <Progress value={share * 100} mt={6} aria-label={t("Upload")} />}
      {isMany &&
        paths.map((path) => (
          <Group key={path} gap={4} wrap="nowrap" fz="sm">
            <span className="pf-mono" style={{ overflowWrap: "anywhere" }}>
              {path}
            </span>
            <CloseButton
              size="sm"
              aria-label={t("Remove {{name}}", { name: path })}
              onClick={() => set(paths.filter((one) => one !== path))}
            />
          </Group>
        ))}
    </Input.Wrapper>
  );
}
