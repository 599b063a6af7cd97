import { PolyflowError } from "@polyflow/contracts";
import { describe, expect, test } from "vitest";
import { answerOf } from "./answer-of.ts";
import { type ApiClientOptions, createApiClient } from "./create-api-client.ts";

/** A client whose requests are kept, and answered with the given response. */
function clientWith(respond: () => Response, options: Partial<ApiClientOptions> = {}) {
  const requests: Request[] = [];
  const client = createApiClient({
    baseUrl: "http://polyflow.test/base/",
    fetch: (request) => {
      requests.push(request);
      return Promise.resolve(respond());
    },
    ...options,
  });
  return { client, requests };
}

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const noDags = () => json({ dags: [], total_entries: 0 });

describe("the client of the REST API", () => {
  test("puts paths, repeated query parameters and bodies together, with ids escaped", async () => {
    const { client, requests } = clientWith(noDags);
    await client.GET("/api/v2/dags", { params: { query: { tags: ["a", "b"], limit: 5 } } });
    await client.POST("/api/v2/dags/{dag_id}/dagRuns", { params: { path: { dag_id: "a b/ц" } }, body: { conf: { limit: 1 } } });
    expect(requests.map((request) => request.url)).toEqual([
      "http://polyflow.test/base/api/v2/dags?tags=a&tags=b&limit=5",
      "http://polyflow.test/base/api/v2/dags/a%20b%2F%D1%86/dagRuns",
    ]);
    expect(await requests[1]?.json()).toEqual({ conf: { limit: 1 } });
  });

  test("sends the bearer token with every call, the CSRF token with those that change something; both may change", async () => {
    let token = "first";
    const { client, requests } = clientWith(noDags, { token: () => token, csrf: "forgery" });
    await client.GET("/api/v2/dags");
    token = "second";
    await client.PATCH("/api/v2/dags/{dag_id}", { params: { path: { dag_id: "a" } }, body: { is_paused: true } });
    expect(requests.map((request) => request.headers.get("authorization"))).toEqual(["Bearer first", "Bearer second"]);
    expect(requests.map((request) => request.headers.get("x-csrf-token"))).toEqual([null, "forgery"]);
  });

  test("gives data, nothing for an empty answer", async () => {
    expect(await answerOf(clientWith(noDags).client.GET("/api/v2/dags"))).toEqual({ dags: [], total_entries: 0 });
    const { client } = clientWith(() => new Response(null, { status: 204 }));
    expect(await answerOf(client.DELETE("/api/v2/variables/{variable_key}", { params: { path: { variable_key: "k" } } }))).toBeUndefined();
  });

  test("turns errors into PolyflowErrors with the server's code", async () => {
    const failure = async (respond: () => Response): Promise<unknown> =>
      answerOf(clientWith(respond).client.GET("/api/v2/dags")).catch((error: unknown) => error);
    const known = await failure(() => json({ detail: "There is no DAG.", code: "dag_not_found", details: { dagId: "a" } }, 404));
    expect(known).toBeInstanceOf(PolyflowError);
    expect(known).toMatchObject({ code: "dag_not_found", message: "There is no DAG.", details: { dagId: "a" } });
    expect(await failure(() => json({ detail: "New.", code: "code_of_tomorrow" }, 409))).toMatchObject({
      code: "internal",
      message: "New.",
    });
    expect(await failure(() => new Response("<html>", { status: 502 }))).toMatchObject({ code: "server_unavailable" });
    expect(
      await failure(() => {
        throw new TypeError("fetch failed");
      }),
    ).toMatchObject({ code: "server_unavailable" });
    expect(await failure(() => new Response("<html>"))).toMatchObject({
      code: "server_unavailable",
      message: "Something that is no Polyflow API answered; is the address right?",
    });
  });

  test("leaves an error that the given fetch has worded as it is", async () => {
    const worded = new PolyflowError("server_unavailable", "Nobody is at home at http://polyflow.test.");
    const { client } = clientWith(() => {
      throw worded;
    });
    await expect(answerOf(client.GET("/api/v2/dags"))).rejects.toBe(worded);
  });
});
