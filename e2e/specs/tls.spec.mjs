// TLS to a real PostgreSQL: a certificate that nobody vouches for is refused with what to do, and taken with its
// authority.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { authority } from "../support/certificates.mjs";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram } from "../support/programs.mjs";

let ours, other, encrypted, misnamed, plain;

before(async () => {
  [ours, other] = [await authority("ours"), await authority("other")];
  encrypted = await startPostgres("shop", "/dev/null", await ours.sign("IP:127.0.0.1"));
  misnamed = await startPostgres("shop", "/dev/null", await other.sign("DNS:db.example.com"));
  plain = await startPostgres("shop", "/dev/null");
});

after(async () => {
  for (const server of [encrypted, misnamed, plain]) await server?.stop();
  for (const one of [ours, other]) await one?.remove();
});

// What `bastion-mcp` says of an address, and how it ends.
const agent = (command, url, env = {}) =>
  new Promise((done) => {
    execFile(agentProgram, [command, ...(url ? [url] : [])], { env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

const cases = [
  ["that nobody vouches for", () => `${encrypted.url}?sslmode=require`],
  ["that another authority signed", () => `${encrypted.url}?sslmode=verify-full&sslrootcert=${other.certificate}`],
  ["for another host", () => `${misnamed.url}?sslmode=verify-full&sslrootcert=${other.certificate}`],
];
for (const [what, url] of cases) {
  test(`a certificate ${what} is refused, with what to do`, async () => {
    const { code, stderr, stdout } = await agent("check", url());
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /no verified TLS|certificate authorities/);
    assert.match(stderr, /sslrootcert=/);
    assert.ok(!stderr.includes("change-me"), "the password is shown");
  });
}

test("a server without TLS is refused where TLS is asked for", async () => {
  const { code, stderr } = await agent("check", `${plain.url}?sslmode=require`, { SSL_CERT_FILE: ours.certificate });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /no verified TLS/);
});

test("a certificate is taken with its authority in the address, by a server that lets nobody in without TLS", async () => {
  const url = `${encrypted.url}?sslmode=verify-full&sslrootcert=${ours.certificate}`;
  await encrypted.psql("CREATE TABLE item (id int PRIMARY KEY)");
  const open = await agent("check", `${encrypted.url}?sslmode=disable`);
  assert.equal(open.code, 2, open.stderr);
  const checked = await agent("check", url);
  assert.equal(checked.code, 0, checked.stderr);
  const scanned = await agent("scan", url);
  assert.equal(scanned.code, 0, scanned.stderr);
  assert.ok(JSON.parse(scanned.stdout).objects.some(({ path }) => path === "public.item"));
});

test("a certificate is taken with its authority among those that this machine trusts", async () => {
  const { code, stderr } = await agent("check", `${encrypted.url}?sslmode=verify-full`, { SSL_CERT_FILE: ours.certificate });
  assert.equal(code, 0, stderr);
});
