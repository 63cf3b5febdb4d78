// Two servers on one PostgreSQL whose clocks are ten minutes apart, either way: neither takes the other's work, each planned
// scan is started once, and people do not notice which of them answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { founder } from "../support/client.mjs";
import { wrongBy } from "../support/clock.mjs";
import { does } from "../support/command.mjs";
import { damage, onPostgres } from "../support/control-plane.mjs";
import { chinookFile, sqlite } from "../support/databases.mjs";
import { eventually } from "../support/moments.mjs";
import { startAgent, startServer } from "../support/programs.mjs";
import { waiting } from "../support/stub.mjs";

const SOURCES = 2;
const names = Array.from({ length: SOURCES }, (_, number) => `chinook-${number}`);

let chinook, agent, plane, here, slow;
let changes = 0;
// Of Chinook's table Genre.
let rows = 25;

before(async () => {
  chinook = await chinookFile();
  // Each name for itself: an agent scans a database once at a time.
  agent = await startAgent(Object.fromEntries([...names, "slow"].map((name) => [name, chinook.url])));
  slow = await waiting(agent);
  plane = await onPostgres();
  await plane.keepJobs();
  here = await founder((await plane.start()).base);
  for (const name of names) await here.addSource(name, agent, { agent_source: name });
  await here.addSource("slow", slow, { agent_source: "slow" });
  for (const name of [...names, "slow"]) await here.scan(name);
});

after(async () => {
  slow?.release();
  await plane?.stop();
  await slow?.stop();
  await agent?.stop();
  await chinook?.remove();
});

const count = async (sql) => Number(await plane.query(`SELECT count(*) FROM ${sql}`));
// Who has done a step of a scan: what else a server does as it starts depends on the time of the day.
const STEPS = "SELECT DISTINCT worker FROM every_job WHERE kind = 'scan.step' AND worker IS NOT NULL";
const workers = () => count(`(${STEPS}) AS each`);

const versionOf = async (name) => (await here.get(`/api/schema/latest?source=${name}`)).version;

// Somebody changes the table Genre: what the next scan says of it.
async function change() {
  [changes, rows] = [changes + 1, rows + 1];
  await sqlite(
    chinook.file,
    `ALTER TABLE Genre ADD COLUMN c${changes} INTEGER; INSERT INTO Genre (GenreId, Name) VALUES (${1000 + rows}, 'new');`,
  );
  return { rows, column: `Genre.c${changes}` };
}

for (const [what, minutes] of [["ahead", 10], ["behind", -10]]) {
  describe(`beside a server whose clock is ${what} by ten minutes`, () => {
    let other, there;

    before(async () => {
      await change();
      // One server holds a job as the other starts, which looks at once for leases that have ended.
      slow.hold();
      slow.run = await here.startScan("slow");
      await here.until(slow.run, (run) => run.steps[1].state === "running");
      slow.version = await versionOf("slow");
      other = await startServer({ ...plane.env, ...wrongBy(minutes * 60) }, { ui: "off" });
      there = here.at({ base: other.base });
    });

    after(async () => {
      slow.release();
      await other?.stop();
    });

    test("its clock is wrong indeed, and it says so", async () => {
      const { headers } = await fetch(`${other.base}/livez`);
      const ahead = Date.parse(headers.get("date")) - Date.now();
      assert.ok(Math.abs(ahead - minutes * 60_000) < 5_000, `${ahead} ms`);
      await other.program.until(async ({ said }) => /clock is not the database's: set it right/.test(said));
    });

    test("it takes no job from whoever holds it, and does its own", async () => {
      const before = await workers();
      // It begins these, so it mostly sees them first; where the other server was faster, it begins others.
      await eventually("it has worked", async () => {
        for (const name of names) await there.scan(name);
        return (await workers()) > before;
      });
      slow.release();
      const run = await here.finish(slow.run);
      assert.deepEqual([run.state, run.version], ["succeeded", slow.version + 1], JSON.stringify(run));
      await eventually("all scans end", async () => (await count("run WHERE finished_at IS NULL")) === 0);
      // What is tried again for another reason says so.
      assert.equal(await count("every_job WHERE attempts > 1 AND last_error IS NULL"), 0);
      assert.deepEqual(await damage(plane), {});
    });

    test("what is newest is what was scanned last, whoever scanned it", async () => {
      for (const [client, fresh] of [[there, here], [here, there]]) {
        const changed = await change();
        const run = await client.scan("chinook-0");
        assert.equal((await fresh.get("/api/schema/latest?source=chinook-0")).version, run.version);
        const { sentence } = await fresh.get(`/api/drift/${run.drift_id}`);
        assert.ok(sentence.endsWith(changed.column), sentence);
        const columns = await fresh.list("/api/quality?source=chinook-0&limit=200");
        const genre = columns.find(({ table, column }) => /\bGenre$/.test(table) && column === "GenreId");
        assert.equal(genre.row_count, changed.rows);
      }
    });

    test("a planned scan is started once", async () => {
      for (const name of names) await there.ok("PUT", `/api/sources/${name}/schedule`, { every_minutes: 60 });
      const before = await count("run WHERE run.trigger = 'schedule'");
      await plane.query("UPDATE job SET run_at = 1 WHERE kind = 'scan.tick' AND state = 'queued'");
      const planned = "job WHERE kind = 'scan.tick' AND state = 'queued' AND run_at > 1";
      await eventually("the ticks have passed", async () => (await count(planned)) === SOURCES);
      await eventually("their scans end", async () => (await count("run WHERE finished_at IS NULL")) === 0);
      assert.equal(await count("run WHERE run.trigger = 'schedule'"), before + SOURCES);
      for (const name of names) await here.ok("PUT", `/api/sources/${name}/schedule`, {});
      await plane.query("DELETE FROM job WHERE kind = 'scan.tick' AND state = 'queued'");
    });

    test("who signs in at one is signed in at the other, and a request that is repeated there is done once", async () => {
      const stranger = await founder(other.base);
      const elsewhere = stranger.at({ base: here.base });
      assert.equal((await elsewhere.get("/api/auth/me")).memberships.length, 1);
      const key = `once-${what}`;
      const answers = [];
      for (const client of [stranger, elsewhere, stranger]) {
        const made = await client.call("POST", "/api/org/api-keys", { name: key, role: "viewer" }, { "idempotency-key": key });
        answers.push([made.status, made.body.id]);
      }
      assert.equal(answers[0][0], 201);
      assert.deepEqual(answers, [answers[0], answers[0], answers[0]]);
      assert.equal(await count(`api_key WHERE name = '${key}'`), 1);
    });

    test("the audit log is whole", () => does(plane, "audit", "verify"));
  });
}
