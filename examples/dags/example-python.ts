import { dag, python, task } from "@polyflow/sdk";

const docMd = `
Задачи на Python: функция из файла проекта (\`source/statistics_of.py\`) и небольшой скрипт. Нужен \`python3\`.

Tasks in Python: a function of a file of the project (\`source/statistics_of.py\`), and a small script. Needs \`python3\`.
`;

interface Statistics {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
}

const numbers = task("numbers", () => [3, 1, 4, 1, 5, 9, 2, 6]);

export const examplePython = dag(
  {
    id: "example_python",
    description: "A Python function and a Python script as tasks",
    docMd,
    owner: "examples",
    tags: ["example", "feature"],
  },
  () => {
    const statistics = python<Statistics>({
      id: "statistics",
      file: "source/statistics_of.py",
      callable: "statistics_of",
      arguments: { numbers: numbers() },
    });
    python({
      id: "report",
      code: 'import polyflow\nprint("run", polyflow.context["run_id"])\nprint("the median is", polyflow.arguments["median"])',
      arguments: { median: statistics.get("median") },
    });
  },
);
