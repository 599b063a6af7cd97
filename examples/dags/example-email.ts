import { email, emailNotifier } from "@polyflow/provider-email";
import { chain, dag, task } from "@polyflow/sdk";

const docMd = `
Нужно соединение \`example_mail\` типа SMTP. Письмо с отчётом отправляет задача; о завершении запуска сообщает готовое оповещение, которое на
сам запуск не влияет.

Needs a connection \`example_mail\` of type SMTP. A task sends the report; a ready-made notifier tells that the run has ended, and changes
nothing in it.
`;

const connection = "example_mail";
const count = task("count", () => ({ rows: 42 }));

export const exampleEmail = dag(
  {
    id: "example_email",
    description: "An e-mail as a task and as a callback / Письмо задачей и оповещением",
    docMd,
    owner: "examples",
    tags: ["example", "connections"],
    onSuccess: emailNotifier({ connection, to: "boss@firm.example" }),
    onFailure: emailNotifier({ connection, to: "night@firm.example" }),
  },
  () => {
    const sent = email({
      id: "send_report",
      connection,
      to: ["sales@firm.example"],
      subject: "Sales of {{ run_after | ds }}",
      html: "<p>The rows of <b>{{ run_id }}</b> are there.</p>",
      text: "The rows of {{ run_id }} are there.",
    });
    chain(count(), sent);
  },
);
