// The oidc-provider of npm with one client, on a free port of 127.0.0.1: it prints the port, reads the client's metadata as
// one line of JSON, and then serves. Its pages ask for any name, which becomes the subject, and any password.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { once } from "node:events";
import Provider from "oidc-provider";

const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const issuer = `http://127.0.0.1:${server.address().port}`;
console.log(`Issuer on port ${server.address().port}`);
const [client] = await once(createInterface({ input: process.stdin }), "line");

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
const provider = new Provider(issuer, {
  clients: [JSON.parse(client)],
  jwks: { keys: [{ ...key, alg: "RS256", use: "sig", kid: "one" }] },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  async findAccount(_, id) {
    const claims = { sub: id, name: `${id} of the provider`, email: `${id}@example.org`, email_verified: true };
    return { accountId: id, claims: async () => claims };
  },
  // Its own dispatcher keeps it from calling addresses of this machine, where the client is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
});
for (const event of ["server_error", "authorization.error", "grant.error", "end_session.error", "backchannel.error"]) {
  provider.on(event, (_, error) => console.error(event, error));
}
provider.on("backchannel.success", () => console.error("backchannel.success"));
server.on("request", provider.callback());
