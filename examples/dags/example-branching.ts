import { branch, chain, dag, label, latestOnly, shortCircuit, task } from "@polyflow/sdk";

const count = task("count", () => ({ rows: 3 }));
const choose = branch("choose", (input: { rows: number }) => (input.rows > 1000 ? "load_in_parts" : "load_at_once"));
const step = (id: string) => task(id, (_input: object, ctx) => ctx.log.info(`${id} runs.`));
const hasErrors = shortCircuit("has_errors", () => []);
const done = task({ id: "done", triggerRule: "none_failed_min_one_success" }, (_input: object, ctx) =>
  ctx.log.info("Loaded one way or the other."),
);

export const exampleBranching = dag(
  {
    id: "example_branching",
    description:
      "A branch with labels, a short-circuit, tasks for the newest run only / Ветвление, короткое замыкание, только последний запуск",
    owner: "examples",
    tags: ["example", "feature"],
    isPausedUponCreation: false,
  },
  () => {
    const chosen = choose({ rows: count().get("rows") });
    const [parts, whole] = [step("load_in_parts")(), step("load_at_once")()];
    chain(chosen, label("many rows"), parts);
    chain(chosen, label("few rows"), whole);
    done().after(parts, whole);
    chain(whole, step("after_whole")());
    chain(hasErrors(), step("report_errors")());
    chain(latestOnly({ id: "newest_run" }), step("send_mail")());
  },
);
