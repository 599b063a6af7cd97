import { concat, dag, task, zip, zipLongest } from "@polyflow/sdk";

const north = task("north", () => ["oslo", "turku"]);
const south = task("south", () => ["rome", "bari", "nice"]);
const visit = task({ id: "visit", mapIndexTemplate: "{{ inputs.city }}" }, (input: { city: string }) => input.city.toUpperCase());
const road = task("road", (input: { pair: readonly (string | null)[] }) => input.pair.join(" – "));
const fly = task("fly", (input: { from: string; to: string }) => `${input.from} to ${input.to}`);
const report = task("report", (input: { visited: readonly string[]; flights: readonly string[] }, ctx) => {
  ctx.log.info(`${input.visited.join(", ")}; ${input.flights.join(", ")}`);
  if (input.visited.length !== 5 || input.flights.length !== 2) throw new Error("Some instances are missing.");
});

/** What tasks can be mapped over: lists one after the other, side by side, changed, or objects with all inputs of an instance. */
export const exampleMappingSources = dag(
  {
    id: "example_mapping_sources",
    description: "Mapping over lists that are joined, zipped or changed, and over objects / Списки друг за другом, парами, с изменением",
    owner: "examples",
    tags: ["example", "feature"],
    isPausedUponCreation: false,
  },
  () => {
    const [first, second] = [north(), south()];
    const visited = visit.expand({ city: concat(first, second) });
    road.expand({ pair: zip(first, second) });
    road.with({ id: "road_or_none" }).expand({ pair: zipLongest(null, first, second) });
    visit.with({ id: "visit_twice" }).expand({ city: first.map((city) => `${city} again`) });
    const flights = fly.expandKwargs([
      { from: "oslo", to: "rome" },
      { from: "turku", to: "nice" },
    ]);
    report({ visited, flights });
  },
);
