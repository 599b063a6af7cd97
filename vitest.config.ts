import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "providers/*/src/**/*.test.ts",
      "apps/*/src/**/*.test.{ts,tsx}",
      "tools/**/*.test.ts",
      "tests/**/*.test.ts",
    ],
    globalSetup: ["tools/vitest/postgres.ts"],
  },
});
