// The main job through an Archestra gateway, a strict fake of one, in front of a real agent and a real database; and
// what "Test connection" says of each rung that breaks.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { founder } from "../support/client.mjs";
import { chinookFile, sqlite, startPostgres } from "../support/databases.mjs";
import { startGateway } from "../support/gateway.mjs";
import { freePort, startAgent, startServer } from "../support/programs.mjs";
import { answering } from "../support/stub.mjs";

const RUNGS = ["address", "health", "api_key", "gateway", "tools", "database", "read_only"];

let chinook, agent, server;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  server = await startServer({}, { ui: "off" });
});

after(async () => {
  await server?.stop();
  await agent?.stop();
  await chinook?.remove();
});

const connection = ({ base, id, token, api_key }) => ({ archestra_url: base, gateway: id, gateway_token: token, api_key });

// Each rung's status, in order; the first that failed says what to do.
async function climb(client, setup) {
  const report = await client.ok("POST", "/api/org/test-connection", { setup });
  return { ...report, failed: report.steps.find((step) => step.status === "failed") };
}

for (const [name, progressive] of [["listed by name", false], ["behind progressive loading", true]]) {
  describe(`tools ${name}`, () => {
    let gateway, client;

    before(async () => {
      // A name as somebody writes it stands before the tools as shop_db.
      gateway = await startGateway(agent, { progressive, server: "Shop DB" });
      client = await founder(server.base);
    });

    after(() => gateway?.stop());

    test("an organization connects, adds the database and sees every rung hold", async () => {
      await client.ok("POST", "/api/org/setup", connection(gateway));
      await client.ok("POST", "/api/sources", { name: "chinook", transport: "gateway", tool_prefix: "shop_db" });
      const report = await client.ok("POST", "/api/sources/chinook/test", {});
      assert.deepEqual(report.steps.map(({ name, status }) => `${name} ${status}`), RUNGS.map((rung) => `${rung} ok`));
      assert.match(report.steps[4].detail, progressive ? /archestra__run_tool/ : /shop_db__/);
    });

    test("the first scan brings the schema and the figures", async () => {
      const run = await client.scan("chinook");
      assert.deepEqual([run.version, run.tables_profiled], [1, 11]);
      const tracks = (await client.list("/api/quality?limit=200")).filter(({ table }) => table === "main.Track");
      assert.equal(tracks.find(({ column }) => column === "TrackId").row_count, 3503);
    });

    test("a change by hand is told exactly", async () => {
      await sqlite(chinook.file, `ALTER TABLE Genre ADD COLUMN Rank${Number(progressive)} INTEGER`);
      const run = await client.scan("chinook");
      assert.equal(run.version, 2);
      const event = await client.get(`/api/drift/${run.drift_id}`);
      assert.deepEqual(event.changes.map(({ kind, path }) => `${kind} ${path}`), [
        `column.added main.Genre.Rank${Number(progressive)}`,
      ]);
    });

    test("a gateway that cannot reach the agent any more fails the run and says where to look", async () => {
      const dead = await startGateway(agent, { progressive, url: `http://127.0.0.1:${await freePort()}/mcp` });
      await client.ok("POST", "/api/org/setup", connection(dead));
      const run = await client.finish(await client.startScan("chinook"));
      await dead.stop();
      assert.deepEqual([run.state, run.error.code], ["failed", "agent_failed"], JSON.stringify(run));
      assert.match(run.error.message, /See whether bastion-mcp runs/);
      assert.equal((await client.get("/api/schema/latest")).version, 2);
    });
  });
}

describe("each rung that breaks", () => {
  let gateway, page, client;

  before(async () => {
    gateway = await startGateway(agent, { server: "elsewhere" });
    page = await answering(200, "text/html", "<html>Archestra</html>");
    client = await founder(server.base);
  });

  after(async () => {
    await gateway?.stop();
    await page?.stop();
  });

  const cases = [
    ["an address that this server may not call", () => ({ archestra_url: "http://10.1.2.3:9000" }), "address", /BASTION_EGRESS_ALLOW/],
    ["an address where nobody listens", async () => ({ archestra_url: `http://127.0.0.1:${await freePort()}` }), "health", /Nothing answers/],
    ["the interface's port", () => ({ archestra_url: page.base }), "health", /9000/],
    ["an API key with the word before it", () => ({ api_key: `Bearer ${gateway.api_key}` }), "api_key", /Personal Settings/],
    ["another token", () => ({ gateway_token: "arch_wrong" }), "gateway", /token/],
    ["another gateway's id", () => ({ gateway: "0197f2c1-0000-7000-8000-00000000ffff" }), "gateway", /token|gateway/],
  ];
  for (const [name, setup, rung, remedy] of cases) {
    test(`${name} is told at the rung ${rung}, with what to do`, async () => {
      const report = await climb(client, { ...connection(gateway), ...(await setup()) });
      assert.equal(report.ok, false);
      assert.equal(report.failed?.name, rung, JSON.stringify(report.steps));
      assert.match(report.failed.remedy, remedy);
      const after = report.steps.slice(report.steps.indexOf(report.failed) + 1);
      assert.ok(after.every(({ status }) => status === "skipped"), JSON.stringify(after));
      assert.deepEqual(report.steps.map((step) => step.name), RUNGS);
      assert.ok(!JSON.stringify(report).includes(gateway.token), "a secret is in the report");
    });
  }

  test("tools under another name are told at the rung tools", async () => {
    await client.ok("POST", "/api/org/setup", connection(gateway));
    await client.ok("POST", "/api/sources", { name: "shop", transport: "gateway", tool_prefix: "shop_db" });
    const report = await client.ok("POST", "/api/sources/shop/test", {});
    const failed = report.steps.find(({ status }) => status === "failed");
    assert.equal(failed?.name, "tools", JSON.stringify(report.steps));
    assert.match(failed.remedy, /shop_db__source_info/);
  });

  test("a database that the agent does not know is told at the rung database", async () => {
    const more = { name: "other", transport: "gateway", tool_prefix: "elsewhere", agent_source: "nowhere" };
    await client.ok("POST", "/api/sources", more);
    const report = await client.ok("POST", "/api/sources/other/test", {});
    const failed = report.steps.find(({ status }) => status === "failed");
    assert.equal(failed?.name, "database", JSON.stringify(report.steps));
    assert.match(failed.remedy, /chinook/);
  });

  test("a role that can do more than read is a warning at the last rung, and no failure", async () => {
    const postgres = await startPostgres("shop", "/dev/null");
    const superuser = postgres.url.replace("bastion:change-me", "postgres");
    const careless = await startAgent({ shop: superuser }, ["--allow-unsafe-role"]);
    const front = await startGateway(careless);
    const report = await climb(client, connection(front));
    for (const one of [front, careless, postgres]) await one.stop();
    assert.equal(report.ok, true);
    const last = report.steps.at(-1);
    assert.deepEqual([last.name, last.status], ["read_only", "warning"]);
    assert.match(last.detail, /superuser/);
    assert.match(last.remedy, /bastion-mcp setup-sql/);
  });
});
