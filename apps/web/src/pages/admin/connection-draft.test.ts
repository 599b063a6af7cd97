import { emptyConnection } from "@polyflow/contracts";
import type { UiConnectionField, UiConnectionType } from "@polyflow/contracts/wire";
import { describe, expect, it } from "vitest";
import { bodyOf, draftOf, otherSettings, withOtherSettings, withValue } from "./connection-draft.ts";

const field = (name: string, place: "field" | "extra"): UiConnectionField => {
  const label = { en: name, ru: name };
  return { name, place, kind: "text", label, help: null, secret: false, required: false, choices: [], default: null };
};
const TYPE: UiConnectionType = {
  type: "postgres",
  aliases: [],
  title: { en: "PostgreSQL", ru: "PostgreSQL" },
  uses: ["sql"],
  fields: [field("host", "field"), field("sslmode", "extra")],
  example: "",
  provider: "postgres",
};

describe("C4: what the form of a connection holds", () => {
  it("sends masks back as they came, and the port as a number", () => {
    const stored = {
      connection_id: "dwh",
      conn_type: "postgres",
      description: null,
      host: "db",
      login: null,
      schema: null,
      port: 5432,
      password: "***",
      extra: '{"sslmode":"***"}',
    };
    expect(bodyOf("dwh", withValue(draftOf(stored), field("port", "field"), "5433"))).toEqual({ ...stored, port: 5433 });
  });

  it("leaves out what is emptied, and keeps the settings that have no field", () => {
    const values = { ...emptyConnection("postgres"), extra: { sslmode: "require", application_name: "x" } };
    const emptied = withValue(values, field("sslmode", "extra"), "");
    expect(emptied.extra).toEqual({ application_name: "x" });
    expect(otherSettings(values, TYPE)).toEqual({ application_name: "x" });
    expect(withOtherSettings(values, TYPE, '{"keepalives": 1}')?.extra).toEqual({ sslmode: "require", keepalives: 1 });
    expect(withOtherSettings(values, TYPE, " ")?.extra).toEqual({ sslmode: "require" });
    expect(withOtherSettings(values, TYPE, "[1]")).toBeUndefined();
  });
});
