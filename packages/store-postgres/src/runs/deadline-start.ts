/**
 * SQL of the moment from which a deadline `wanted` (of dag_version_deadline) counts; null: there is none, or it is not known yet.
 * @param of `now`: the parameter with the time at which the run is queued; expressions of the run's DAG and logical date
 */
export function deadlineStart(of: { readonly now: string; readonly dagId: string; readonly logicalDate: string }): string {
  return `case wanted.reference
    when 'queued_at' then ${of.now}::timestamptz
    when 'logical_date' then ${of.logicalDate}
    when 'fixed' then wanted.fixed_at
    else ${of.now}::timestamptz + (
      select case when count(*) >= wanted.min_runs then avg(past.end_date - past.start_date) end
      from (
        select newest.start_date, newest.end_date from polyflow.dag_run newest
        where newest.dag_id = ${of.dagId} and newest.state = 'success'
        order by newest.run_after desc
        limit wanted.max_runs
      ) past
    )
  end`;
}
