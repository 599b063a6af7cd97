import type { UiAuditPage, UiRunPage, UiTaskPage, UiWaitPage, UiXComPage } from "@polyflow/contracts/wire";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { dayEnd, dayStart, type ListSearch } from "../lists/list-search.ts";
import { get, type SearchValue, url } from "./http.ts";

export type BrowsedRun = UiRunPage["runs"][number];
export type BrowsedTask = UiTaskPage["task_instances"][number];
export type BrowsedXCom = UiXComPage["xcoms"][number];
export type BrowsedWait = UiWaitPage["waits"][number];
export type AuditRow = UiAuditPage["entries"][number];

const PAGE_SIZE = 50;

interface Page {
  readonly next: string | null;
}

/** One endless list: each page says where the next begins. */
function endless<Answer extends Page>(name: string, search: Readonly<Record<string, SearchValue>>) {
  return infiniteQueryOptions({
    queryKey: ["browse", name, search],
    queryFn: ({ pageParam, signal }) => get<Answer>(url(`/ui/browse/${name}`, { ...search, limit: PAGE_SIZE, after: pageParam }), signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
}

const times = ({ from, until }: ListSearch) => ({ from: dayStart(from), until: dayEnd(until) });

/** @param dagId only the runs of this DAG, named whole */
export function browsedRunsQuery(search: ListSearch, dagId?: string) {
  const { dag, run, state, type, user } = search;
  return endless<UiRunPage>("runs", { dag, dag_id: dagId, run, state, type, user, ...times(search) });
}

export function browsedTasksQuery(search: ListSearch) {
  const { dag, run, task, state, pool, queue, operator } = search;
  return endless<UiTaskPage>("task-instances", { dag, run, task, state, pool, queue, operator, ...times(search) });
}

export function browsedWaitsQuery(search: ListSearch) {
  const { dag, run, task, state } = search;
  return endless<UiWaitPage>("waits", { dag, run, task, state });
}

export interface MissedDeadline {
  readonly id: number;
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly name: string;
  readonly due_at: string;
  readonly missed_at: string;
  /** Null while the run goes on. */
  readonly run_end_date: string | null;
}
interface DeadlinePage {
  readonly deadlines: readonly MissedDeadline[];
  readonly total_entries: number;
}

/** Missed deadlines, newest first. */
export function deadlinesQuery({ dag }: ListSearch) {
  return infiniteQueryOptions({
    queryKey: ["browse", "deadlines", dag],
    queryFn: ({ pageParam, signal }) =>
      get<DeadlinePage>(url("/api/v2/deadlines", { dag_id: dag, limit: PAGE_SIZE, offset: pageParam }), signal),
    initialPageParam: 0,
    getNextPageParam: (last, _pages, offset) =>
      offset + last.deadlines.length < last.total_entries ? offset + last.deadlines.length : null,
    placeholderData: (before) => before,
  });
}

export interface DeadLetter {
  readonly dag_id: string;
  readonly dag_run_id: string;
  readonly task_id: string;
  readonly map_index: number;
  readonly try_number: number;
  readonly losses: number;
  readonly reason: string | null;
  readonly hostname: string | null;
  readonly end_date: string | null;
}
interface DeadLetterPage {
  readonly dead_letters: readonly DeadLetter[];
  readonly total_entries: number;
}

/** Tasks that were given up since their workers were lost too often, newest first. */
export function deadLettersQuery({ dag }: ListSearch) {
  return infiniteQueryOptions({
    queryKey: ["browse", "dead-letters", dag],
    queryFn: ({ pageParam, signal }) =>
      get<DeadLetterPage>(url("/api/v2/deadLetters", { dag_id: dag, limit: PAGE_SIZE, offset: pageParam }), signal),
    initialPageParam: 0,
    getNextPageParam: (last, _pages, offset) =>
      offset + last.dead_letters.length < last.total_entries ? offset + last.dead_letters.length : null,
    placeholderData: (before) => before,
  });
}

export function browsedXComsQuery(search: ListSearch) {
  const { dag, run, task, key } = search;
  return endless<UiXComPage>("xcoms", { dag, run, task, key, ...times(search) });
}

export function auditQuery(search: ListSearch) {
  const { user, event, dag } = search;
  return endless<UiAuditPage>("audit", { user, event, dag, ...times(search) });
}

export interface Job {
  readonly id: number;
  readonly job_type: string;
  readonly state: "running" | "success" | "failed";
  readonly hostname: string | null;
  readonly executor_class: string | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly latest_heartbeat: string | null;
}

/** Heartbeats come without events, so that this list asks again by the clock, slowly and only while it is looked at. */
const JOBS_REFETCH_MS = 15_000;

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => get<{ jobs: readonly Job[] }>(url("/api/v2/jobs", { limit: 500 }), signal),
  refetchInterval: JOBS_REFETCH_MS,
});

export interface ListedImportError {
  readonly import_error_id: number;
  readonly timestamp: string;
  readonly filename: string;
  readonly bundle_name: string;
  readonly stack_trace: string;
}

export const importErrorsQuery = queryOptions({
  queryKey: ["importErrors"],
  queryFn: ({ signal }) => get<{ import_errors: readonly ListedImportError[] }>(url("/api/v2/importErrors", { limit: 500 }), signal),
});
