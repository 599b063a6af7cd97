import { bash, dag, each, mappedGroup, task, zip } from "@polyflow/sdk";

const listFiles = task("list_files", () => ["orders.csv", "items.csv", "prices.csv"]);
const measure = task({ id: "measure", mapIndexTemplate: "{{ inputs.file }}" }, (input: { file: string; unit: string }) => ({
  file: input.file,
  size: `${input.file.length} ${input.unit}`,
}));
const report = task("report", (input: { sizes: readonly { file: string; size: string }[] }, ctx) => {
  for (const { file, size } of input.sizes) ctx.log.info(`${file}: ${size}`);
});
const unpack = task("unpack", (input: { file: string }) => `unpacked ${input.file}`);
const load = task("load", (input: { file: string; day: number }, ctx) => ctx.log.info(`Loads ${input.file} of day ${input.day}.`));

export const exampleMapping = dag(
  {
    id: "example_mapping",
    description: "One task instance for each element of a list; mapped groups / По экземпляру задачи на каждый элемент списка",
    owner: "examples",
    tags: ["example", "feature"],
    isPausedUponCreation: false,
    maxActiveTasks: 8,
  },
  () => {
    const files = listFiles();
    const sizes = measure.partial({ unit: "letters" }).expand({ file: files });
    report({ sizes });
    // an instance for each combination: three files, two days
    load.expand({ file: files, day: [1, 2] });
    bash({ id: "show", command: 'echo "$FILE"', env: { FILE: each(zip(files, ["a", "b", "c"])).get(0) } });
    mappedGroup("each_file", { file: files.map((file) => `/data/${file}`) }, ({ file }) => {
      load.with({ id: "load_unpacked" })({ file: unpack({ file }), day: 1 });
    });
  },
);
