// `kill -9` of the server and of the agent anywhere in a scan, and a customer's database that vanishes: after the
// restart everything is there once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { founder } from "../support/client.mjs";
import { damage, embedded, onPostgres } from "../support/control-plane.mjs";
import { startPagila } from "../support/databases.mjs";
import { effort, pause, seeded } from "../support/moments.mjs";
import { startAgent } from "../support/programs.mjs";

// So many kills at a random moment, spread over the time that a scan takes.
const KILLS = effort(8);
const STEPS = ["schema_scan", "profile", "drift", "semantic"];

const step = (run, kind) => run.steps.find((one) => one.kind === kind);

let pagila, agent;

before(async () => {
  pagila = await startPagila();
  agent = await startAgent({ pagila: pagila.url });
});

after(async () => {
  await agent?.stop();
  await pagila?.stop();
});

for (const [name, make] of [["SQLite", embedded], ["PostgreSQL", onPostgres]]) {
  describe(`with its store on ${name}`, () => {
    let plane, client, took;
    const sentences = [];

    // Somebody adds a column; what the drift event of the next scan has to say.
    async function change() {
      const column = `${name.toLowerCase()}_${sentences.length}`;
      await pagila.psql(`ALTER TABLE city ADD ${column} int`);
      sentences.unshift(`Added column public.city.${column}`);
    }

    async function everythingOnce() {
      const history = await client.list("/api/schema/history?limit=200");
      assert.equal(history.length, sentences.length + 1);
      const drift = await client.list("/api/drift?limit=200");
      assert.deepEqual(drift.map((event) => event.sentence), sentences);
      const columns = (await client.list("/api/quality?limit=200")).map(({ table, column }) => `${table}.${column}`);
      assert.equal(new Set(columns).size, columns.length);
      assert.deepEqual(await damage(plane), {});
    }

    // What was measured, and when.
    async function measured() {
      const columns = await client.list("/api/quality?limit=200");
      return columns.map(({ table, column, row_count, null_percent, recorded_at }) =>
        [table, column, row_count, null_percent, recorded_at].join(" "),
      );
    }

    async function succeeds(id) {
      const run = await client.finish(id);
      assert.equal(run.state, "succeeded", JSON.stringify(run));
      assert.equal(run.version, sentences.length + 1, JSON.stringify(run));
    }

    before(async () => {
      plane = await make();
      client = await founder((await plane.start()).base);
      await client.addSource("pagila", agent);
      const started = performance.now();
      await client.scan("pagila");
      took = performance.now() - started;
    });

    after(() => plane?.stop());

    test("a server killed at any moment of a scan goes on after its restart, and everything is there once", async () => {
      const random = seeded(2);
      let hits = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        await change();
        const id = await client.startScan("pagila");
        await pause((took * (kill + random())) / KILLS);
        await plane.restart();
        if (!(await client.run(id)).finished_at) hits += 1;
        await succeeds(id);
        await everythingOnce();
      }
      assert.ok(hits > 0, "no kill fell into a scan");
    });

    test("a server killed as each step begins goes on after its restart, and everything is there once", async () => {
      for (const kind of STEPS) {
        await change();
        const id = await client.startScan("pagila");
        await client.until(id, (run) => step(run, kind).state !== "queued");
        await plane.restart();
        await succeeds(id);
        await everythingOnce();
      }
    });

    // These are about the agent: the store has no part in them.
    if (name !== "SQLite") return;
    test("an agent killed while it reads the data, and started again, is asked anew", async () => {
      await change();
      const id = await client.startScan("pagila");
      await client.until(id, (run) => step(run, "profile").state === "running");
      await agent.program.stop("SIGKILL");
      agent = await startAgent({ pagila: pagila.url }, [], { at: agent.port });
      await succeeds(id);
      await everythingOnce();
    });

    test("a database that vanishes while it is read fails the run, says so, and leaves what was there", async () => {
      const known = await client.get("/api/schema/latest");
      const statistics = await measured();
      await change();
      const id = await client.startScan("pagila");
      await client.until(id, (run) => step(run, "profile").state === "running");
      await pagila.vanish();
      const run = await client.finish(id);
      assert.equal(run.state, "failed", JSON.stringify(run));
      // In the midst of a statement, or before the next connection.
      assert.match(`${run.error.code}: ${run.error.message}`, /^agent_(failed|unreachable): .*(See that the database runs|database of source pagila could not be reached)/);
      assert.ok(run.finished_at && run.version === null && run.drift_id === null);
      assert.deepEqual(await client.get("/api/schema/latest"), known);
      assert.deepEqual(await measured(), statistics);
      assert.deepEqual(await damage(plane), {});
      await pagila.comeBack();
      await succeeds(await client.startScan("pagila"));
      await everythingOnce();
    });
  });
}
