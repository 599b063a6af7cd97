import { http, httpSensor } from "@polyflow/provider-http";
import { chain, dag, task } from "@polyflow/sdk";

const docMd = `
Нужно соединение \`example_service\` типа HTTP с адресом службы. Датчик ждёт, пока отчёт не будет готов (404 — «ещё нет»), затем его забирает
запрос; ответ проверяется, а из него берётся только нужное.

Needs a connection \`example_service\` of type HTTP with the address of a service. A sensor waits until the report is ready (404 means "not
yet"), then a request fetches it; the answer is checked, and only what is needed is taken from it.
`;

interface Report {
  readonly state: string;
  readonly rows: readonly number[];
}

export const exampleHttp = dag(
  {
    id: "example_http",
    description: "A web service: waiting and asking / Веб-служба: ожидание и запрос",
    docMd,
    owner: "examples",
    tags: ["example", "connections"],
  },
  () => {
    const ready = httpSensor({
      id: "report_is_ready",
      connection: "example_service",
      path: "reports/latest",
      check: ({ body }) => (body as unknown as Report).state === "ready",
      mode: "defer",
      interval: "500ms",
      timeout: "10m",
    });
    const rows = http({
      id: "fetch_report",
      connection: "example_service",
      path: "reports/latest",
      query: { run: "{{ run_id }}" },
      filter: ({ body }) => [...(body as unknown as Report).rows],
    });
    chain(ready, rows);
    task("sum", (input: { rows: readonly number[] }) => input.rows.reduce((total, row) => total + row, 0))({ rows });
  },
);
