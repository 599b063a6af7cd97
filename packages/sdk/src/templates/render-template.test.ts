import { type JsonValue, PolyflowError } from "@polyflow/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TaskContext } from "../task-context.ts";
import { FailTask } from "../task-errors.ts";
import { createTestContext } from "../test-context.ts";
import { renderTemplate } from "./render-template.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const VARIABLES: { readonly [key: string]: string } = { region: "north", limits: '{"rows": 5, "names": ["a", "b"]}', plain: "no json" };

function contextOf(given: Partial<TaskContext> = {}): TaskContext {
  return createTestContext({
    dagId: "sales",
    runId: "manual__1",
    taskId: "load",
    tryNumber: 2,
    logicalDate: new Date("2026-01-31T22:30:05Z"),
    dataIntervalStart: new Date("2026-01-31T22:30:05Z"),
    dataIntervalEnd: new Date("2026-02-01T22:30:05Z"),
    params: { day: "monday", nested: { list: [1, 2] } },
    conf: { day: "monday" },
    variable: async (key) => {
      const value = VARIABLES[key];
      if (value === undefined) throw new PolyflowError("variable_not_found", `No variable "${key}".`);
      return value;
    },
    connection: async (connectionId) => ({
      connectionId,
      type: "postgres",
      host: "db",
      port: 5432,
      login: "me",
      password: "s3cret",
      schema: "dwh",
      extra: { sslmode: "require" },
    }),
    ...given,
  }).context;
}

function render(template: string, given: Partial<TaskContext> = {}): Promise<string> {
  return renderTemplate(template, contextOf(given), { now: () => NOW });
}

describe("templates in fields (A6)", () => {
  test.each([
    ["{{ ds }} {{ ds_nodash }}", "2026-01-31 20260131"],
    ["{{ ts }} {{ ts_nodash }} {{ ts_nodash_with_tz }}", "2026-01-31T22:30:05+00:00 20260131T223005 20260131T223005+0000"],
    ["{{ logical_date }}", "2026-01-31 22:30:05+00:00"],
    ["{{ data_interval_start | ds }} to {{ data_interval_end | ds_nodash }}", "2026-01-31 to 20260201"],
    ["{{ logical_date.strftime('%d.%m.%Y %H:%M') }}", "31.01.2026 22:30"],
    ["{{ logical_date.add(months=1).strftime('%Y-%m-%d') }}", "2026-02-28"],
    ["{{ data_interval_end.subtract(days=2, hours=1).isoformat() }}", "2026-01-30T21:30:05+00:00"],
    ["{{ logical_date.in_timezone('Europe/Moscow').strftime('%d %H%z') }}", "01 01+0300"],
    ["{{ dag_run.logical_date.year }}/{{ logical_date.month }}", "2026/1"],
    ["{{ dag.dag_id }}.{{ task.task_id }}.{{ ti.try_number }} {{ run_id }}", "sales.load.2 manual__1"],
    ["{{ task_instance_key_str }}", "sales__load__20260131"],
    ["{{ params.day }} {{ params['nested'].list[1] }} {{ dag_run.conf.day }}", "monday 2 monday"],
    ["{{ yesterday_ds }} {{ tomorrow_ds_nodash }}", "2026-01-30 20260201"],
    ["{{ macros.ds_add(ds, -31) }}", "2025-12-31"],
    ["{{ macros.ds_format('31.01.2026', '%d.%m.%Y', '%Y/%m') }}", "2026/01"],
    ["{{ macros.datetime_diff_for_humans('2026-02-28T12:00:00Z') }}", "1 day ago"],
    ["{{ macros.datetime.now() | ds }}", "2026-03-01"],
    [
      "{{ (logical_date + macros.timedelta(days=1)) | ds }} {{ (execution_date - macros.timedelta(hours=23)).strftime('%d %H') }}",
      "2026-02-01 30 23",
    ],
    ["{{ logical_date + macros.dateutil.relativedelta.relativedelta(months=1) }}", "2026-02-28 22:30:05+00:00"],
    ["{{ macros.datetime.strptime('31.01.2026', '%d.%m.%Y') + macros.timedelta(1) }}", "2026-02-01 00:00:00+00:00"],
    ["{{ macros.timedelta(days=1, hours=2) }} {{ 'a + macros.timedelta(1)' }}", "1 day, 2:00:00 a + macros.timedelta(1)"],
    ["{{ macros.ds_format_locale('12/07/2024', '%d/%m/%Y', 'EEEE dd MMMM yyyy', 'en_US', 'fr') }}", "vendredi 12 juillet 2024"],
    ["{{ macros.ds_format_locale(ds, '%Y-%m-%d', \"d MMMM 'года' yy\", 'en_US', 'ru') }}", "31 января года 26"],
    ["{{ macros.dateutil.parser.parse('2026-05-01T06:00:00+03:00').in_timezone('UTC').hour }}", "3"],
    ["{{ macros.yaml.dump(params.nested) }} {{ task_reschedule_count }}", '{"list":[1,2]} 0'],
    ["{{ ti.xcom_pull('absent', key='rows', default='none yet') }}", "none yet"],
    ["{{ macros.json.dumps(params.nested) }}", '{"list":[1,2]}'],
    ["{{ var.value.region }} {{ var.json.limits.rows }} {{ var.json.limits.names[1] }}", "north 5 b"],
    ["{{ var.value['region'] }} {{ var.value.get('absent', 'south') }} {{ var.value.get(\"region\") }}", "north south north"],
    ["{{ conn.dwh.host }}:{{ conn.dwh.port }}/{{ conn.dwh.schema }} {{ conn.dwh.extra_dejson.sslmode }}", "db:5432/dwh require"],
    ["{% for n in params.nested.list if n > 1 %}{{ n }};{% endfor %}", "2;"],
    ["{{ '%05d' | format(7) }} {{ \"it's\" | shell_quote }}", "00007 'it'\\''s'"],
    ["{% raw %}{{ logical_date.year }}{% endraw %}{# logical_date.year #}", "{{ logical_date.year }}"],
    ["{{ 'logical_date.year' }}", "logical_date.year"],
    ["ends with a line\n{{ ds }}\n", "ends with a line\n2026-01-31\n"],
    ["no template { at } all }}", "no template { at } all }}"],
  ])("%s", async (template, expected) => {
    expect(await render(template)).toBe(expected);
  });

  test("ti.xcom_pull fetches outputs, also those whose name comes out of another output", async () => {
    const values: { readonly [name: string]: JsonValue } = {
      "pick return_value": "north",
      "north rows": [1, 2],
      "list return_value": ["a", "b"],
    };
    const asked: string[] = [];
    const xcom: TaskContext["xcom"] = {
      push: async () => undefined,
      pull: async <Value extends JsonValue>(taskId: string, { key = "return_value" } = {}) => {
        asked.push(`${taskId} ${key}`);
        return values[`${taskId} ${key}`] as Value | undefined;
      },
    };
    const template =
      '{{ ti.xcom_pull("list")[1] }} {{ ti.xcom_pull(task_ids=ti.xcom_pull("pick"), key="rows") }} {{ ti.xcom_pull(["pick", "absent"]) }}';
    expect(await render(template, { xcom })).toBe('b [1, 2] ["north", none]');
    expect(asked.length).toBeLessThan(8);
    await expect(render("{{ ti.xcom_pull() }}", { xcom })).rejects.toThrow(/needs the id of a task/);
  });

  test("A6: of the task, its DAG and the last successful run before, asked of the server once and only where they are named", async () => {
    let asked = 0;
    const details: TaskContext["details"] = async () => {
      asked += 1;
      const asset = { kind: "asset", name: "orders", uri: "x://orders", group: "table", extra: {} } as const;
      return {
        maxTries: 3,
        hostname: "worker-1",
        startDate: "2026-03-01T11:59:00Z",
        instances: 7,
        run: { queuedAt: "2026-03-01T11:58:00Z", startDate: "2026-03-01T11:58:30Z" },
        dag: { description: "Sales", owners: ["anna"], tags: ["daily"] },
        task: { operator: "bash", owner: "ben", retries: 3, pool: "p", queue: "default", inlets: [asset], outlets: [] },
        previousSuccess: {
          runId: "before",
          logicalDate: "2026-01-30T22:30:05Z",
          dataIntervalStart: "2026-01-30T22:30:05+00:00",
          dataIntervalEnd: "2026-01-31T22:30:05+00:00",
          startDate: "2026-01-31T22:31:00.5Z",
          endDate: null,
        },
      };
    };
    const inletEvents: TaskContext["inletEvents"] = async () => [];
    expect(await render("{{ ds }} {{ params.day }} {{ dag.dag_id }}", { details })).toBe("2026-01-31 monday sales");
    expect(asked).toBe(0);
    const template =
      "{{ prev_data_interval_end_success | ds }} {{ prev_start_date_success.hour }} {{ prev_end_date_success }} {{ expanded_ti_count }} {{ ti.max_tries }}" +
      " {{ ti.hostname }} {{ inlets[0].uri }} {{ outlets }} {{ inlet_events.orders }} {{ task.owner }} {{ dag.tags[0] }} {{ dag_run.start_date.minute }}";
    expect(await render(template, { details, inletEvents })).toBe("2026-01-31 22 none 7 3 worker-1 x://orders [] [] ben daily 58");
    expect(asked).toBe(1);
  });

  test("texts in lists and objects are rendered, other values stay", async () => {
    const value = { command: "echo {{ ds }}", rows: 5, list: ["{{ params.day }}", null, true] };
    expect(await renderTemplate(value, contextOf())).toEqual({ command: "echo 2026-01-31", rows: 5, list: ["monday", null, true] });
  });

  test("what a run without a logical date does not have is an error, not empty (Airflow 3)", async () => {
    const given = { logicalDate: undefined, dataIntervalStart: undefined, dataIntervalEnd: undefined };
    for (const name of ["ds", "ts", "logical_date", "data_interval_start", "ds_nodash"])
      await expect(render(`{{ ${name} }}`, given)).rejects.toThrow(FailTask);
    expect(await render("{{ run_after | ds }} {{ params.day }}", given)).toBe("2026-01-01 monday");
  });

  test("a mistake names field, line and place, and no values", async () => {
    const secret = { params: { token: "s3cret-token" } };
    const error = await renderTemplate({ sql: "select 1;\nselect {{ params.token }} {{ nope.x }}" }, contextOf(secret), {
      where: "fields",
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FailTask);
    expect(String(error)).toMatch(/fields\.sql.*undefined value \(in template:2\)/s);
    expect(String(error)).toContain("^^^^");
    expect(String(error)).toContain('There is no "nope.x" here');
    expect(String(error)).not.toContain("s3cret-token");
    await expect(render("{{ ds ")).rejects.toThrow(/syntax error/);
    await expect(render("{{ ds | nothing }}")).rejects.toThrow(/unknown filter/);
  });

  test("a variable or connection that is not there says so by its code", async () => {
    await expect(render("{{ var.value.absent }}")).rejects.toMatchObject({ code: "variable_not_found" });
    await expect(render("{{ macros.ds_add('tomorrow', 1) }}")).rejects.toMatchObject({ code: "request_invalid" });
    // and the engine works on after an error in a function
    expect(await render("{{ ds }}")).toBe("2026-01-31");
  });

  test("a loop without end is stopped", async () => {
    const endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
    await expect(render(endless)).rejects.toThrow(/does not come to an end/);
  });
});

describe("templates reach no code (security check 2)", () => {
  test.each([
    "{{ ''.constructor.constructor('return process')() }}",
    "{{ params.constructor }}",
    "{{ params.__proto__.polluted }}",
    "{{ macros.ds_add.constructor('return 1')() }}",
    "{{ self }}{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ ti.__class__.__mro__ }}",
    "{% include '/etc/passwd' %}",
    "{% extends '/etc/passwd' %}",
    "{{ process }}{{ globalThis }}{{ require('fs') }}",
  ])("%s", async (template) => {
    await expect(render(template)).rejects.toThrow(FailTask);
  });

  test("text that only looks like a template of another kind is left alone, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 100 }).filter((text) => !/\{[{%#]/.test(text)),
        async (text) => {
          expect(await render(text)).toBe(text);
        },
      ),
    );
  });
});
