/** The import rules D1 to D8 of ARCHITECTURE.md. Tests may import what their package declares for development. */
const T0 = ["contracts"];
const T1 = ["lifecycle", "sdk", "metadata-model", "store", "service-kit", "api-client", "executor"];
const T2 = [
  "store-postgres",
  "scheduler",
  "dag-processor",
  "task-runner",
  "executor-local",
  "loader",
  "server",
  "project-editor",
  "embedded-postgres",
  "testing",
];

const path = (names) => names.map((name) => `^packages/${name}/`);
const TEST = "\\.test\\.tsx?$|/src/testing/";

/** A package may import itself and the packages of lower tiers, nothing else of ours. */
function tier(names, lower) {
  return names.map((name) => ({
    name: `D1-${name}`,
    comment: "imports go to a lower tier only",
    severity: "error",
    from: { path: `^packages/${name}/src/`, pathNot: TEST },
    to: { path: "^(packages|providers|apps|examples|tests|bench|tools)/", pathNot: [`^packages/${name}/`, ...path(lower)] },
  }));
}

function forbid(name, comment, from, to) {
  return { name, comment, severity: "error", from: { path: from, pathNot: TEST }, to };
}

module.exports = {
  forbidden: [
    ...tier(T0, []),
    ...tier(T1, T0),
    ...tier(T2, [...T0, ...T1]),
    forbid("D1-providers", "providers import sdk, metadata-model and loader", "^providers/([^/]+)/src/", {
      path: "^(packages|providers|apps|examples)/",
      pathNot: ["^providers/$1/", ...path(["contracts", "sdk", "metadata-model", "loader"])],
    }),
    forbid("D1-examples", "examples are what an author writes: sdk and providers", "^examples/", {
      path: "^(packages|providers|apps)/",
      pathNot: ["^providers/", ...path(["sdk"])],
    }),
    forbid("D2-sdk", "sdk imports contracts alone", "^packages/sdk/src/", {
      path: "^packages/",
      pathNot: ["^packages/sdk/", "^packages/contracts/"],
    }),
    forbid("D3-no-user-code", "the core never imports what runs authors' code", "^packages/(scheduler|server|store-postgres)/src/", {
      path: "^(packages/(sdk|dag-processor|task-runner)|providers)/",
    }),
    forbid(
      "D4-no-store",
      "what runs authors' code never sees a store",
      "^(packages/task-runner/src|packages/dag-processor/src/child|providers)/",
      {
        path: "^packages/store(-postgres)?/",
      },
    ),
    forbid("D5-pg", "the PostgreSQL driver has its rooms", "^(packages/(?!(store-postgres|loader)/)|apps/)", {
      path: "node_modules/pg(-copy-streams)?/",
    }),
    forbid("D5-http-framework", "only server imports the HTTP framework", "^(packages/(?!server/)|providers/|apps/)", {
      path: "node_modules/(fastify|@fastify)/",
    }),
    forbid("D6-lifecycle-pure", "lifecycle has no I/O", "^packages/lifecycle/src/", { dependencyTypes: ["core", "npm"] }),
    forbid("D7-web", "web imports contracts and api-client", "^apps/web/src/", {
      path: "^(packages|providers|apps)/",
      pathNot: ["^apps/web/", "^packages/contracts/", "^packages/api-client/"],
    }),
    { name: "D8-no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "D8-no-relative-escape",
      severity: "error",
      from: { path: "^(packages|providers|apps)/([^/]+)/" },
      to: { dependencyTypes: ["local"], path: "^(packages|providers|apps|examples)/", pathNot: ["^$1/$2/"] },
    },
    // what a measurement runs beside Polyflow is installed by that measurement alone
    { name: "unresolved", severity: "error", from: { pathNot: "^bench/peers/" }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|\\.polyflow|\\.toolchain)/|^/tmp/|^bench/peers/run-peer" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
    },
  },
};
