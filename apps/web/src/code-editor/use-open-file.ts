import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type CodeProblem, type FileAddress, fileQuery, readFile, saveFile } from "../api/code.ts";
import { ApiError } from "../api/http.ts";
import { notifyDone, notifyProblem } from "../ui/notify.ts";

/** A file that is open in the editor. */
export interface OpenFile {
  readonly content: string | undefined;
  readonly isDirty: boolean;
  readonly isSaving: boolean;
  readonly loadError: unknown;
  readonly reload: () => void;
  readonly hash: string | null;
  /** Errors that the check before saving found; saving them takes insisting. */
  readonly refused: readonly CodeProblem[];
  /** Somebody else's version, when both have changed the file. */
  readonly conflict: { readonly content: string; readonly hash: string } | null;
  readonly change: (content: string) => void;
  readonly save: (force?: boolean) => void;
  /** Goes on from the other version: with its text, or with one's own over it. */
  readonly resolve: (take: "theirs" | "mine") => void;
}

interface Draft {
  readonly content: string;
  readonly saved: string;
  readonly hash: string;
}

/** Reads a file, keeps what is typed, and saves it against the version that was read. */
export function useOpenFile(address: FileAddress): OpenFile {
  const { t } = useTranslation();
  const client = useQueryClient();
  const file = useQuery(fileQuery(address));
  const [draft, setDraft] = useState<Draft | null>(null);
  const [refused, setRefused] = useState<readonly CodeProblem[]>([]);
  const [conflict, setConflict] = useState<OpenFile["conflict"]>(null);
  useEffect(() => {
    if (file.data) setDraft({ content: file.data.content, saved: file.data.content, hash: file.data.hash });
  }, [file.data]);
  const isDirty = draft !== null && draft.content !== draft.saved;

  const save = useMutation({
    mutationFn: async ({ written, force }: { written: Draft; force: boolean }) => ({
      written,
      answer: await saveFile({ ...address, content: written.content, expected: written.hash, force }),
    }),
    onSuccess: ({ written, answer }) => {
      setRefused(answer.problems);
      if (answer.hash === null) return;
      const hash = answer.hash;
      // What was typed while it was being saved is still to be saved.
      setDraft((now) => (now === null ? now : { ...now, saved: written.content, hash }));
      notifyDone(t("{{name}} saved", { name: address.path }));
      void client.invalidateQueries({ queryKey: ["code", "git", address.project] });
      void client.invalidateQueries({ queryKey: ["code", "tree", address.project] });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.code === "code_conflict") readFile(address).then(setConflict, notifyProblem);
      else notifyProblem(error);
    },
  });

  return {
    content: draft?.content,
    isDirty,
    isSaving: save.isPending,
    loadError: file.error,
    reload: () => void file.refetch(),
    hash: draft?.hash ?? null,
    refused,
    conflict,
    change: (content) => setDraft((before) => (before === null ? before : { ...before, content })),
    save: (force = false) => {
      if (draft !== null && (isDirty || force) && !save.isPending) save.mutate({ written: draft, force });
    },
    resolve: (take) => {
      if (conflict === null) return;
      setDraft((now) => ({
        content: take === "theirs" || now === null ? conflict.content : now.content,
        saved: conflict.content,
        hash: conflict.hash,
      }));
      setConflict(null);
    },
  };
}
