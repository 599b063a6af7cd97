import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { type ListSearch, listSearch } from "./list-search.ts";

export interface ListAddress {
  readonly search: ListSearch;
  readonly change: (part: ListSearch) => void;
}

/** The filters of the list that is shown, and how to change them without a step in the browser's history. */
export function useListSearch(): ListAddress {
  const raw = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = useCallback(
    (part: ListSearch) => {
      void navigate({ to: ".", search: (before) => ({ ...listSearch(before), ...part }), replace: true, resetScroll: false });
    },
    [navigate],
  );
  return { search: listSearch(raw), change };
}
