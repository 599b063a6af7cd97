import { bash, dag, FailTask, task } from "@polyflow/sdk";

const docMd = `
## Обзор возможностей

1. \`choose\` читает параметры запуска (форма открывается кнопкой запуска).
2. \`generate\` (bash) печатает случайные числа; последняя строка вывода становится результатом задачи.
3. \`unreliable\` с первой попытки падает нарочно и проходит со второй: так выглядит повтор.
4. \`summarise\` получает результаты обеих задач. Зависимости следуют из данных, писать их отдельно не нужно.
5. \`tidy\` выполняется в любом случае, даже если что-то упало.

## A tour

1. \`choose\` reads the parameters of the run (the trigger button opens a form).
2. \`generate\` (bash) prints random numbers; the last line of its output is the output of the task.
3. \`unreliable\` fails on purpose at its first try and passes at the second: this is what a retry looks like.
4. \`summarise\` gets the outputs of both. Dependencies follow from data, nobody writes them down.
5. \`tidy\` runs in any case, even if something failed.
`;

const choose = task("choose", (_input: object, ctx) => {
  const { numbers, greeting } = ctx.params;
  // the server has checked them against their schemas; the compiler does not know that
  if (typeof numbers !== "number" || typeof greeting !== "string") throw new FailTask("The parameters do not fit their schemas.");
  ctx.log.info(`${greeting} This run makes ${numbers} numbers.`);
  return { numbers, greeting };
});

const unreliable = task({ id: "unreliable", retries: 2, retryDelay: "2s" }, (input: { numbers: number }, ctx) => {
  if (ctx.tryNumber === 1) throw new Error("This try fails on purpose; the next one follows in two seconds.");
  ctx.log.info(`Try ${ctx.tryNumber} succeeds.`);
  return { factor: input.numbers * 2 };
});

const summarise = task("summarise", (input: { sum: string; factor: number; greeting: string }, ctx) => {
  const product = Number(input.sum) * input.factor;
  ctx.log.info(`${input.greeting} The sum ${input.sum} times ${input.factor} is ${product}.`);
  return { product };
});

export const exampleTour = dag(
  {
    id: "example_tour",
    description: "Shell and function tasks, parameters, data between tasks, a retry, a task that always runs",
    docMd,
    owner: "examples",
    tags: ["example", "feature"],
    schedule: "0 9 * * MON-FRI",
    timezone: "Europe/Moscow",
    isPausedUponCreation: false,
    params: {
      numbers: { type: "integer", default: 5, minimum: 1, maximum: 100, title: "Сколько чисел / How many numbers" },
      greeting: { type: "string", default: "Привет! Hello!", maxLength: 100, title: "Приветствие / Greeting" },
    },
  },
  () => {
    const chosen = choose();
    const sum = bash({
      id: "generate",
      command:
        'total=0; for i in $(seq "$NUMBERS"); do n=$((RANDOM % 100)); echo "number $i: $n"; total=$((total + n)); done; echo "$total"',
      env: { NUMBERS: chosen.get("numbers") },
    });
    const retried = unreliable({ numbers: chosen.get("numbers") });
    const summary = summarise({ sum, factor: retried.get("factor"), greeting: chosen.get("greeting") });
    summary.before(bash({ id: "tidy", command: 'echo "run $POLYFLOW_RUN_ID of $POLYFLOW_DAG_ID is over"', triggerRule: "all_done" }));
  },
);
