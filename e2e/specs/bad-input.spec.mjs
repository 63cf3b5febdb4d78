// Whatever an agent or a caller does wrong is a clear problem: a stable code, what happened and what to do; the last
// good snapshot stays and nothing is half written.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, ended, founder } from "../support/client.mjs";
import { damage, embedded } from "../support/control-plane.mjs";
import { chinookFile } from "../support/databases.mjs";
import { eventually } from "../support/moments.mjs";
import { freePort, startAgent } from "../support/programs.mjs";
import { answering, spoiling, waiting } from "../support/stub.mjs";

let chinook, agent, plane, client;
const stubs = [];

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  plane = await embedded();
  client = await founder((await plane.start()).base);
});

after(async () => {
  for (const stub of stubs) await stub.stop();
  await plane?.stop();
  await agent?.stop();
  await chinook?.remove();
});

const kept = async (stub) => (stubs.push(await stub), stubs.at(-1));
const answer = (type, body) => async () => `${(await kept(answering(200, type, body))).base}/mcp`;
// The agent's own answers, but for one tool.
const instead = (tool, spoiled) => async () => {
  const spoil = (name, response, pass, id) => (name === tool ? spoiled(response, id) : pass());
  return `${(await kept(spoiling(agent, spoil))).base}/mcp`;
};
const json = (text) => (response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(text);
};
const gone = (response) => response.destroy();
const senseless = (response, id) =>
  json(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [], structuredContent: { status: "perhaps" } } }))(response);
const huge = (response, id) =>
  json(JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: "x".repeat(17 << 20) }] } }))(response);

// What is wrong → how the run ends, and the rung at which "Test connection" says so (where it does).
const agents = {
  "a wrong token": { url: () => agent.url, token: "not the token, but as long", code: "agent_unauthorized", says: /token was refused/, rung: "agent" },
  "a wrong path": { url: () => agent.url.replace("/mcp", "/mpc"), code: "agent_not_mcp", says: /ends in `\/mcp`/, rung: "agent" },
  "a port on which nobody listens": { url: async () => `http://127.0.0.1:${await freePort()}/mcp`, code: "agent_unreachable", says: /Check host and port/, rung: "agent" },
  "a host that does not exist": { url: () => "http://no-such-host.invalid/mcp", code: "agent_unreachable", says: /Check host and port/, rung: "agent" },
  "a web page": { url: answer("text/html", "<h1>Welcome</h1>"), code: "agent_not_mcp", says: /does not speak MCP/, rung: "agent" },
  "JSON that is not MCP": { url: answer("application/json", '{"hello":"world"}'), code: "agent_not_mcp", says: /JSON that is not MCP/, rung: "agent" },
  "malformed JSON": { url: answer("application/json", "{not json"), code: "agent_protocol", says: /not valid JSON-RPC/, rung: "agent" },
  "malformed JSON in the middle of a scan": { url: instead("profile_get", json("{not json")), code: "agent_protocol", says: /not valid JSON-RPC/ },
  "an oversized page": { url: instead("schema_scan_get", huge), code: "agent_protocol", says: /more than a page may hold/ },
  "a page of another shape": { url: instead("schema_scan_get", senseless), code: "agent_protocol", says: /unexpected shape/ },
  "an agent that vanishes while the schema is read": { url: instead("schema_scan_get", gone), code: "agent_unreachable", says: /bastion-mcp is running/ },
  "an agent that vanishes while the data is read": { url: instead("profile_get", gone), code: "agent_unreachable", says: /bastion-mcp is running/ },
};

describe("an agent that does wrong", () => {
  const runs = {};
  const name = (index) => `source-${index}`;
  const table = Object.entries(agents);

  before(async () => {
    for (const [index, [what, { url, token }]] of table.entries()) {
      await client.addSource(name(index), agent);
      await client.scan(name(index));
      await client.ok("PATCH", `/api/sources/${name(index)}`, { url: await url(), token: token ?? agent.token });
      // All at once: those that are tried again would otherwise be waited for one after the other.
      runs[what] = await client.startScan(name(index));
    }
  });

  // A run that has ended; the seconds until a step of it is tried again pass at once.
  async function over(id) {
    await eventually("the run ends", async () => {
      const run = await client.run(id);
      if (!ended(run)) await plane.hurry();
      return ended(run) || run;
    });
    return client.run(id);
  }

  for (const [index, [what, { code, says, rung }]] of table.entries()) {
    test(`${what} fails the run with ${code}, and the last snapshot stays`, async () => {
      const run = await over(runs[what]);
      assert.deepEqual([run.state, run.error?.code], ["failed", code], JSON.stringify(run));
      assert.match(run.error.message, says);
      assert.deepEqual([run.version, run.drift_id, run.unchanged], [null, null, null]);
      const latest = await client.get(`/api/schema/latest?source=${name(index)}`);
      assert.equal(latest.version, 1);
      const source = await client.get(`/api/sources/${name(index)}`);
      assert.deepEqual([source.schema_version, source.last_run.state], [1, "failed"]);
      if (!rung) return;
      const report = await client.ok("POST", `/api/sources/${name(index)}/test`, {});
      const failed = report.steps.find(({ status }) => status === "failed");
      assert.equal(failed?.name, rung, JSON.stringify(report.steps));
      assert.match(failed.remedy, says);
    });
  }

  test("none of them left anything half written", async () => {
    assert.deepEqual(await damage(plane), {});
    assert.equal(await plane.query("SELECT count(*) FROM schema_version"), String(table.length));
    assert.equal(await plane.query("SELECT count(*) FROM drift"), "0");
  });
});

describe("a second scan while one runs", () => {
  test("is refused with the first one's id, and allowed once that has ended", async () => {
    const slow = await kept(waiting(agent));
    slow.hold();
    await client.addSource("slow", slow);
    const first = await client.startScan("slow");
    await client.until(first, (run) => run.steps[1].state === "running");
    const second = await client.call("POST", "/api/scan/run", { source: "slow" });
    assert.deepEqual([second.status, second.body.code], [409, "scan_running"]);
    assert.ok(second.body.detail.includes(first), second.body.detail);
    slow.release();
    assert.equal((await client.finish(first)).state, "succeeded");
    assert.equal((await client.scan("slow")).unchanged, true);
  });
});

describe("a request that does not fit", () => {
  const raw = (text, type = "application/json") => ({ text, type });
  const cases = [
    ["no JSON", "POST", "/api/scan/run", raw("{"), 400, "malformed_json"],
    ["another type", "POST", "/api/sources", raw("name=a", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"],
    ["a body of two mebibytes", "POST", "/api/sources", raw(JSON.stringify({ name: "x".repeat(2 << 20) })), 413, "body_too_large"],
    ["an unknown field", "POST", "/api/sources", { name: "a", transport: "direct", colour: "red" }, 400, "invalid"],
    ["an address that is none", "POST", "/api/sources", { name: "a", transport: "direct", url: "not an address" }, 400, "invalid"],
    ["an address that may not be called", "POST", "/api/sources", { name: "a", transport: "direct", url: "http://10.1.2.3/mcp" }, 422, "egress_refused"],
    ["a source that is not there", "POST", "/api/scan/run", { source: "nowhere" }, 404, "not_found"],
    ["no source, of several", "POST", "/api/scan/run", {}, 400, "source_required"],
    ["a run that is not there", "GET", "/api/scan/runs/0197f2c1-0000-7000-8000-000000000001", undefined, 404, "not_found"],
    ["an id that is none", "GET", "/api/scan/runs/first", undefined, 404, "not_found"],
    ["a cursor from elsewhere", "GET", "/api/drift?cursor=x", undefined, 400, "invalid"],
    ["another method", "DELETE", "/api/overview", undefined, 405, "method_not_allowed"],
  ];
  for (const [what, method, path, body, status, code] of cases) {
    test(`${what} is answered with ${code}`, async () => {
      const headers = { origin: client.base, cookie: client.cookie, "x-bastion-org": client.org };
      if (body) headers["content-type"] = body.type ?? "application/json";
      const answered = await fetch(client.base + path, { method, headers, body: body && (body.text ?? JSON.stringify(body)) });
      const problem = await answered.json();
      assert.deepEqual([answered.status, problem.status, problem.code], [status, status, code], JSON.stringify(problem));
      assert.match(answered.headers.get("content-type"), /^application\/problem\+json/);
      assert.equal(problem.instance, path.split("?")[0]);
      for (const member of ["type", "title", "detail", "request_id"]) assert.ok(problem[member], `${member} is missing`);
    });
  }

  test("nobody's request is answered with unauthenticated", async () => {
    const answered = await new Client(client.base).call("GET", "/api/overview");
    assert.deepEqual([answered.status, answered.body.code], [401, "unauthenticated"]);
  });
});
