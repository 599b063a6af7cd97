import { permissionsOfRole } from "@polyflow/contracts";
import { describe, expect, test } from "vitest";
import { Rights } from "./rights.ts";

describe("rights (D2)", () => {
  test("nothing granted is nothing allowed", () => {
    const rights = new Rights([]);
    expect(rights.isEmpty).toBe(true);
    expect(rights.everywhere("read", "DAGs")).toBe(false);
    expect(rights.onDag("read", "DAGs", "a")).toBe(false);
    expect(rights.dagIds("read", "DAGs")).toEqual([]);
    expect(rights.somewhere("read", "DAGs")).toBe(false);
  });

  test("a role's rights hold for every DAG, and end where the role ends", () => {
    const viewer = new Rights(permissionsOfRole("Viewer"));
    expect(viewer.onDag("read", "Task Logs", "a")).toBe(true);
    expect(viewer.dagIds("read", "DAG Runs")).toBeUndefined();
    expect(viewer.onDag("create", "DAG Runs", "a")).toBe(false);
    expect(viewer.everywhere("read", "Connections")).toBe(false);
    expect(viewer.everywhere("read", "Audit Logs")).toBe(false);
  });

  test("what belongs to a DAG needs the right on the DAG as well: read to look, edit to change", () => {
    const rights = new Rights([
      { action: "read", resource: "DAG Runs" },
      { action: "create", resource: "DAG Runs" },
      { action: "read", resource: "DAGs", dagId: "a" },
    ]);
    expect(rights.onDag("read", "DAG Runs", "a")).toBe(true);
    expect(rights.onDag("create", "DAG Runs", "a")).toBe(false);
    expect(rights.onDag("read", "DAG Runs", "b")).toBe(false);
    expect(rights.dagIds("read", "DAG Runs")).toEqual(["a"]);
    expect(rights.everywhere("read", "DAG Runs")).toBe(false);
  });

  test("a grant on one DAG says nothing about others, nor about DAGs whose id looks like a resource (CVE-2026-59245)", () => {
    const rights = new Rights([{ action: "read", resource: "DAGs", dagId: "DAGs" }]);
    expect(rights.onDag("read", "DAGs", "DAGs")).toBe(true);
    expect(rights.onDag("read", "DAGs", "a")).toBe(false);
    expect(rights.everywhere("read", "DAGs")).toBe(false);
    expect(rights.onDag("read", "DAGs", "")).toBe(false);
  });
});
