// What `openapi/bastion.json` promises is what the server answers: Schemathesis asks every operation for what fits the
// description and for what does not, as nobody, as a viewer and as an owner.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { founder } from "../support/client.mjs";
import { chinookFile } from "../support/databases.mjs";
import { effort } from "../support/moments.mjs";
import { startAgent, startServer, target } from "../support/programs.mjs";

// Installed by `cargo xtask test`.
const program = join(target, "schemathesis/bin/schemathesis");
const description = resolve(import.meta.dirname, "../../openapi/bastion.json");
// Requests for each operation. Whoever may do less is mostly refused before a request is looked into.
const EXAMPLES = { nobody: effort(2), viewer: effort(2), owner: effort(4) };
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
];
// These go on for ever.
const STREAMS = ["streamActivity", "streamLogs"];
// What an owner may do that would end the test, or call addresses that were made up.
const OUTWARD = ["deleteOrganization", "startScan", "retryRun", "testConnection", "testSource"];

let chinook, agent, server, keys;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  server = await startServer({}, { ui: "off" });
  const client = await founder(server.base);
  await client.addSource("chinook", agent);
  await client.scan("chinook");
  const key = async (role) => (await client.ok("POST", "/api/org/api-keys", { name: role, role })).key;
  keys = { viewer: await key("viewer"), owner: await key("owner") };
});

after(async () => {
  await server?.stop();
  await agent?.stop();
  await chinook?.remove();
});

// What it says, and with which code it ends.
function ask(who) {
  const identity = keys[who] ? ["--header", `Authorization: Bearer ${keys[who]}`] : [];
  const left = [...STREAMS, ...(who === "owner" ? OUTWARD : [])].flatMap((operation) => ["--exclude-operation-id", operation]);
  const bounds = ["--phases", "fuzzing", "--max-examples", String(EXAMPLES[who]), "--seed", "1", "--generation-database", "none"];
  const args = ["--no-color", "run", description, "--url", server.base, ...identity, ...bounds, ...left];
  args.push("--checks", CHECKS.join(","), "--request-timeout", "10", "--no-shrink", "--continue-on-failure", "--warnings", "off");
  return new Promise((done) => {
    // It may leave files where it runs.
    execFile(program, args, { cwd: server.data, maxBuffer: 1 << 26 }, (error, said, wrong) =>
      done({ code: error ? error.code : 0, said: said + wrong }),
    );
  });
}

for (const who of Object.keys(EXAMPLES)) {
  test(`every answer to ${who} is one that the description promises`, async () => {
    const { code, said } = await ask(who);
    assert.equal(code, 0, said.slice(-8000));
    assert.ok(Number(/Tested: (\d+)/.exec(said)?.[1]) > 110, said.slice(-2000));
  });
}
