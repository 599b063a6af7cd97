import type { JsonObject } from "@polyflow/contracts";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { provider } from "./provider.ts";

/** Self-signed for warehouse.test; it protects nothing. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgM7j9VBf36lDXOmSw
PhIpSEQP1uM4IVSdfkQGlSOQSVihRANCAAQflhc72ClpjFqVy5dH5ByTU+Z+SkqE
pFYz+zrhNHuObCoxQn5musuSEI4XzcliebIVFKgMtEeJwj2J3YcjG2Bd
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBpDCCAUqgAwIBAgIUXzCQ0Ww9+3WBB1hn2SOgq4y7hmMwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOd2FyZWhvdXNlLnRlc3QwIBcNMjYxMTIyMjEyNTE5WhgPMjEy
NjEwMjkyMTI1MTlaMBkxFzAVBgNVBAMMDndhcmVob3VzZS50ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEH5YXO9gpaYxalcuXR+Qck1PmfkpKhKRWM/s64TR7
jmwqMUJ+ZrrLkhCOF83JYnmyFRSoDLRHicI9id2HIxtgXaNuMGwwHQYDVR0OBBYE
FFsNz5fjJgVuoy8Qc+yT+1FOopxcMB8GA1UdIwQYMBaAFFsNz5fjJgVuoy8Qc+yT
+1FOopxcMA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOd2FyZWhvdXNlLnRl
c3QwCgYIKoZIzj0EAwIDSAAwRQIgNRRy1zh877WGkrXNeEr0OJA7AWbmVBdXZjIe
N2guGZICIQD0Ep25IXdyIgOfDebjaroAD9o3nqF4M5aGCtFLtYcFZQ==
-----END CERTIFICATE-----`;

/** Speaks PostgreSQL's TLS negotiation and nothing after it: it says what it received through TLS, then closes. */
let server: Server;
let port = 0;
let startupMessages = 0;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write("S");
      const secure = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext({ key: KEY, cert: CERTIFICATE }) });
      secure.on("error", () => undefined);
      secure.once("data", () => {
        startupMessages += 1;
        secure.destroy();
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

async function open(extra: JsonObject): Promise<{ readonly error: string; readonly spoke: boolean }> {
  const before = startupMessages;
  const connection = { connectionId: "w", type: "postgres", host: "127.0.0.1", port, login: "u", password: "p", schema: "d", extra };
  const error = await provider.openSql(connection).then(
    () => "",
    (thrown: unknown) => String(thrown),
  );
  return { error, spoke: startupMessages > before };
}

describe("D3: TLS to databases is verified unless told otherwise", () => {
  test.each(["require", "verify-ca", "verify-full"])(
    "sslmode %s refuses a certificate that nobody vouches for, before the password is sent",
    async (sslmode) => {
      const { error, spoke } = await open({ sslmode });
      expect(error).toMatch(/self-signed certificate/);
      expect(spoke).toBe(false);
    },
  );

  test("sslmode verify-ca is content with a known certificate; verify-full and require want the server's name as well", async () => {
    expect(await open({ sslmode: "verify-ca", sslrootcert: CERTIFICATE })).toMatchObject({ spoke: true });
    for (const sslmode of ["verify-full", "require"]) {
      const { error, spoke } = await open({ sslmode, sslrootcert: CERTIFICATE });
      expect(error).toMatch(/does not match certificate's altnames/);
      expect(spoke).toBe(false);
    }
  });

  test("no-verify encrypts and checks nothing", async () => {
    expect(await open({ sslmode: "no-verify" })).toMatchObject({ spoke: true });
  });

  test("a certificate file that is not there is named", async () => {
    expect((await open({ sslmode: "verify-ca", sslrootcert: "/nowhere/ca.pem" })).error).toMatch(/\/nowhere\/ca\.pem/);
  });
});
