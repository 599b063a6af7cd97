import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfiguration } from "./load-configuration.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "polyflow-config-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function load(environment: { readonly [name: string]: string } = {}) {
  return loadConfiguration({ home, environment });
}

test("E4: without any setting every option has its default", () => {
  const { values, origins } = load();
  expect(values.core.parallelism).toBe(32);
  expect(values.webserver.port).toBe(8080);
  expect(origins.size).toBe(0);
});

test("E4: flag over POLYFLOW__ over AIRFLOW__ over polyflow.cfg over airflow.cfg", () => {
  const parallelism = (environment: { readonly [name: string]: string } = {}) => load(environment).values.core.parallelism;
  writeFileSync(join(home, "airflow.cfg"), "[core]\nparallelism = 1\nexecutor = LocalExecutor\n");
  expect(parallelism()).toBe(1);
  writeFileSync(join(home, "polyflow.cfg"), "[core]\nparallelism = 2\n");
  expect(parallelism()).toBe(2);
  expect(parallelism({ AIRFLOW__CORE__PARALLELISM: "3" })).toBe(3);
  expect(parallelism({ AIRFLOW__CORE__PARALLELISM: "3", POLYFLOW__CORE__PARALLELISM: "4" })).toBe(4);
  const flags = new Map([["core.parallelism", { text: "5", origin: "--parallelism" }]]);
  expect(loadConfiguration({ home, environment: { POLYFLOW__CORE__PARALLELISM: "4" }, flags }).values.core.parallelism).toBe(5);
});

test("E4: POLYFLOW__DATABASE__URL is another name of [database] sql_alchemy_conn", () => {
  expect(load({ POLYFLOW__DATABASE__URL: "postgresql://h/db" }).values.database.sql_alchemy_conn).toBe("postgresql://h/db");
});

test("E4: a wrong value is refused with section, key, value, place and what is expected; all of them at once", () => {
  writeFileSync(join(home, "polyflow.cfg"), "[core]\nparallelism = many\n[webserver]\nport = 99999\n");
  expect(() => load()).toThrow(
    expect.objectContaining({
      code: "config_invalid",
      message:
        `[core] parallelism, set by ${home}/polyflow.cfg:2: "many" is not a whole number from 1 on.\n` +
        `[webserver] port, set by ${home}/polyflow.cfg:4: "99999" is not a whole number from 0 to 65535.`,
    }),
  );
});

test("E4: a mistyped option is refused with the right name, Airflow's own are passed over", () => {
  expect(() => load({ POLYFLOW__CORE__PARALELISM: "3" })).toThrow("Did you mean [core] parallelism?");
  expect(load({ AIRFLOW__CORE__EXECUTOR: "CeleryExecutor" }).values.core.parallelism).toBe(32);
});

test("E4: a secret may come from a command; no other option runs one", () => {
  expect(load({ POLYFLOW__CORE__FERNET_KEY_CMD: "printf 'a b\\n'" }).values.core.fernet_key).toBe("a b");
  expect(() => load({ POLYFLOW__CORE__FERNET_KEY_CMD: "exit 3" })).toThrow("failed");
  expect(() => load({ POLYFLOW__CORE__PARALLELISM_CMD: "echo 3" })).toThrow("no option [core] parallelism_cmd");
});
