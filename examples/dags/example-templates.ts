import { bash, dag, renderTemplate, task } from "@polyflow/sdk";

const docMd = `
Шаблоны с синтаксисом Jinja и именами Airflow: в команде, в переменных окружения и в своей задаче. Поля после подстановки видны у
экземпляра задачи.

Templates in the syntax of Jinja with Airflow's names: in a command, in variables of its environment, in a task of one's own. The fields
as they were rendered are shown with the task instance.
`;

const name = task("name", async (_input: object, ctx) => {
  const path = await renderTemplate("{{ params.area }}/{{ run_after | ds_nodash }}.csv", ctx);
  ctx.log.info(`This run would write ${path}.`);
  return { path };
});

export const exampleTemplates = dag(
  {
    id: "example_templates",
    description: "Templates in fields: dates, parameters, macros, filters",
    docMd,
    owner: "examples",
    tags: ["example", "feature"],
    params: { area: { type: "string", default: "north", enum: ["north", "south"], title: "Область / Area" } },
  },
  () => {
    const file = name();
    bash({
      id: "show",
      command: 'echo "try {{ try_number }} of {{ task.task_id }}, {{ macros.ds_add(run_after | ds, 1) }}"; echo "$AREA $DAY $FILE"',
      env: { AREA: "{{ params.area | upper }}", DAY: "{{ run_after.strftime('%d.%m.%Y') }}", FILE: file.get("path") },
    });
    bash({
      id: "since",
      command: 'echo "new since $SINCE, to be done by $UNTIL; up to $RETRIES retries on $HOST"',
      env: {
        SINCE: "{{ prev_data_interval_end_success or 'the beginning' }}",
        UNTIL: "{{ (run_after + macros.timedelta(hours=6)).strftime('%H:%M') }}",
        RETRIES: "{{ ti.max_tries }}",
        HOST: "{{ ti.hostname }}",
      },
    });
  },
);
