// An access token in the hands of somebody else: verified as an integrator does it, by a library that is not ours and the set
// of keys alone.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { founder } from "../support/client.mjs";
import { bastion, startServer } from "../support/programs.mjs";

const run = promisify(execFile);
const AUDIENCE = "https://reports.example";

let server, organization, program;

before(async () => {
  server = await startServer({}, { ui: "off" });
  const ada = await founder(server.base);
  organization = await ada.get("/api/org");
  const { id, key } = await ada.ok("POST", "/api/org/api-keys", { name: "reports", role: "member" });
  program = { id, key };
});

after(() => server?.stop());

async function call(method, path, bearer, body) {
  const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
  const answer = await fetch(server.base + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

async function exchange(asked) {
  const { status, body } = await call("POST", "/api/auth/token", program.key, asked);
  assert.equal(status, 200, JSON.stringify(body));
  return body.access_token;
}

// Asks for the keys anew: a library keeps them for a while.
const keys = () => createRemoteJWKSet(new URL(`${server.base}/.well-known/jwks.json`));
const verify = (token, more = {}) =>
  jwtVerify(token, keys(), { issuer: server.base, audience: AUDIENCE, algorithms: ["EdDSA"], typ: "at+jwt", ...more });

test("whoever reads the set of keys knows who sent a token, and for whom", async () => {
  const token = await exchange({ audience: AUDIENCE, permissions: ["scan.run"] });
  const { payload } = await verify(token, { requiredClaims: ["sub", "client_id", "org", "iat", "exp", "jti", "scope"] });
  assert.equal(payload.sub, `api_key:${program.id}`);
  assert.deepEqual([payload.org, payload.scope, payload.exp - payload.iat], [organization.id, "scan.run", 300]);
  assert.equal((await call("GET", "/api/org", token)).status, 401, "it is for somebody else");
  const ours = await exchange({});
  assert.equal((await call("GET", "/api/org", ours)).body.id, organization.id);
  await assert.rejects(verify(ours), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
  await assert.rejects(verify(token, { issuer: "https://bastion.example" }), { code: "ERR_JWT_CLAIM_VALIDATION_FAILED" });
  await assert.rejects(verify(token, { currentDate: new Date(Date.now() + 301_000) }), { code: "ERR_JWT_EXPIRED" });
  const [header, claims, signature] = token.split(".");
  const more = JSON.parse(Buffer.from(claims, "base64url"));
  const forged = Buffer.from(JSON.stringify({ ...more, scope: "organization.manage" })).toString("base64url");
  const wrong = { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" };
  await assert.rejects(verify([header, forged, signature].join(".")), wrong);
});

test("a token of the key before is verified while another key takes its place, unless that was taken back", async () => {
  const before = await exchange({ audience: AUDIENCE });
  const rotate = (...args) => run(bastion, ["--data", server.data, "rotate-signing-keys", ...args]);
  assert.match((await rotate()).stdout, /holds until it ends/);
  const after = await exchange({ audience: AUDIENCE });
  const kid = (token) => decodeProtectedHeader(token).kid;
  assert.equal(kid(after), kid(before), "the new key is known for a while before it signs");
  for (const token of [before, after]) await verify(token);
  assert.match((await rotate("--revoke")).stdout, /is refused/);
  await assert.rejects(verify(before), { code: "ERR_JWKS_NO_MATCHING_KEY" });
  const last = await exchange({ audience: AUDIENCE });
  assert.notEqual(kid(last), kid(before));
  await verify(last);
});
