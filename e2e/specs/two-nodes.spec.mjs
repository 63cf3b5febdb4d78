// Two servers on one PostgreSQL: each does a part of the work and none of it is done twice, one goes on with what another
// left, and both know what either has changed. With one Redis they also count together what one asks of either.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ended, founder } from "../support/client.mjs";
import { does } from "../support/command.mjs";
import { damage, onPostgres } from "../support/control-plane.mjs";
import { chinookFile, sqlite } from "../support/databases.mjs";
import { startListener } from "../support/listener.mjs";
import { eventually } from "../support/moments.mjs";
import { startAgent, startServer } from "../support/programs.mjs";
import { startRedis } from "../support/redis.mjs";
import { waiting } from "../support/stub.mjs";

const SOURCES = 6;
const ROUNDS = 2;
// Nothing else in this journey counts as one.
const EXPORTS = 5;
const LIMITS = `read=1000000,write=1000000,ai=1000000,export=${EXPORTS},auth=1000000`;

let chinook, agent, redis, plane, other, here, there, slow;

const names = Array.from({ length: SOURCES }, (_, number) => `chinook-${number}`);

before(async () => {
  chinook = await chinookFile();
  // Each name for itself: an agent scans a database once at a time.
  agent = await startAgent(Object.fromEntries([...names, "slow"].map((name) => [name, chinook.url])));
  slow = await waiting(agent);
  redis = await startRedis();
  plane = await onPostgres();
  Object.assign(plane.env, { BASTION_REDIS_URL: redis.url, BASTION_RATE_LIMIT: LIMITS });
  await plane.keepJobs();
  here = await founder((await plane.start()).base);
  other = await startServer(plane.env, { ui: "off" });
  there = here.at({ base: other.base });
  for (const name of names) await here.addSource(name, agent, { agent_source: name });
});

after(async () => {
  slow?.release();
  await other?.stop();
  await plane?.stop();
  await redis?.stop();
  await slow?.stop();
  await agent?.stop();
  await chinook?.remove();
});

const count = async (sql) => Number(await plane.query(`SELECT count(*) FROM ${sql}`));
// Who did jobs, by the name that each server's worker gives itself.
const workers = async (where = "true", table = "every_job") =>
  (await plane.query(`SELECT DISTINCT worker FROM ${table} WHERE worker IS NOT NULL AND ${where}`)).split("\n").filter(Boolean);

// What a server tells whoever follows, from the first line on.
function follow(client, path) {
  const heard = [];
  const stopping = new AbortController();
  const reading = (async () => {
    const headers = { cookie: client.cookie, "x-bastion-org": client.org };
    const answer = await fetch(`${client.base}${path}`, { headers, signal: stopping.signal });
    let text = "";
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + chunk).split("\n\n");
      text = events.pop();
      heard.push(...events.map((event) => /^data: (.*)$/m.exec(event)?.[1]).filter(Boolean).map((data) => JSON.parse(data)));
    }
  })().catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
  const stop = async () => {
    stopping.abort();
    await reading;
  };
  return { heard, stop };
}

test("of two servers that both see a planned scan due, one starts it, and its work is shared", async () => {
  for (const name of names) await here.ok("PUT", `/api/sources/${name}/schedule`, { every_minutes: 60 });
  for (let round = 1; round <= ROUNDS; round += 1) {
    // An hour passes.
    await plane.query("UPDATE job SET run_at = 1 WHERE kind = 'scan.tick' AND state = 'queued'");
    await eventually("the planned scans end", async () => {
      const states = await plane.query("SELECT state, count(*) FROM run GROUP BY state");
      return states === `succeeded|${SOURCES * round}` || states;
    });
    // One tick of each has passed, and the next is planned once.
    assert.equal(await count("done_job WHERE kind = 'scan.tick'"), SOURCES * round);
    assert.equal(await plane.query("SELECT state, count(*) FROM job WHERE kind = 'scan.tick' GROUP BY state"), `queued|${SOURCES}`);
  }
  assert.equal(await count("run WHERE run.trigger <> 'schedule'"), 0);
  // What is tried again for another reason than that somebody else took it says so.
  assert.equal(await count("every_job WHERE attempts > 1 AND last_error IS NULL"), 0);
  assert.equal((await workers("kind IN ('scan.tick', 'scan.step')")).length, 2);
  assert.deepEqual(await damage(plane), {});
  for (const name of names) await there.ok("PUT", `/api/sources/${name}/schedule`, {});
});

test("housekeeping is planned by one of them", async () => {
  const ticks = await count("cron_tick");
  assert.ok(ticks > 0);
  assert.equal(await count("every_job WHERE kind = 'housekeeping'"), ticks);
});

test("what one asks of either counts against one limit", async () => {
  const statuses = [];
  for (let asked = 0; asked < EXPORTS + 2; asked += 1) {
    const { status } = await [here, there][asked % 2].call("GET", "/api/org/audit/verify");
    statuses.push(status);
  }
  assert.deepEqual(statuses, [...Array(EXPORTS).fill(200), 429, 429]);
});

test("whoever follows the log or the activity at either server hears all of it, once and in order", async () => {
  const [logs, activity] = ["/api/agents/logs/stream?after=0", "/api/activity/stream?after=0"];
  const streams = [here, there].flatMap((client) => [follow(client, logs), follow(client, activity)]);
  for (const [client, name] of [[here, names[0]], [there, names[1]]]) await client.scan(name);
  const all = async (path) => {
    const seqs = [];
    for (let cursor = ""; cursor !== null; ) {
      const page = await here.get(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      seqs.unshift(...page.items.map(({ seq }) => seq).reverse());
      cursor = page.next_cursor ?? null;
    }
    return seqs;
  };
  const seqs = (stream) => stream.heard.map(({ seq }) => seq);
  let kept;
  await eventually("all is heard", async () => {
    kept = [await all("/api/agents/logs"), await all("/api/activity")];
    const isHeard = streams.map((stream, number) => isDeepStrictEqual(seqs(stream), kept[number % 2]));
    return isHeard.every(Boolean) || [kept.map(({ length }) => length), streams.map(({ heard }) => heard.length)];
  });
  assert.ok(kept[0].length > 100 && kept[1].length > SOURCES);
  for (const stream of streams) await stream.stop();
});

test("a master key that is replaced beside them is used by both from then on", async () => {
  const listener = await startListener();
  try {
    const clients = [here, there];
    for (const [number, client] of clients.entries()) await listener.keep(client, `before-${number}`);
    await does(plane, "rotate-keys");
    for (const [number, client] of clients.entries()) await listener.keep(client, `after-${number}`);
    await here.ok("POST", "/api/org/rotate-keys");
    await there.ok("POST", "/api/org/re-encrypt");
    await eventually("the secrets are re-encrypted", async () => (await count("job WHERE kind = 're_encrypt'")) === 0);
    for (const client of clients) {
      assert.deepEqual(await listener.unreadable(["before-0", "before-1", "after-0", "after-1"].map((name) => [client, name])), []);
    }
    assert.equal(await count("data_key WHERE key_id <> (SELECT key_id FROM key_canary)"), 0);
    assert.equal(await count("master_key"), 1);
  } finally {
    await listener.stop();
  }
});

test("what a killed server had begun is ended by the other", async () => {
  await here.addSource("slow", slow, { agent_source: "slow" });
  await here.scan("slow");
  await sqlite(chinook.file, "ALTER TABLE Genre ADD COLUMN Rank INTEGER");
  slow.hold();
  // One of them has it; whichever that is, it is killed. Workers' names are in the order of their starts.
  const begun = await there.startScan("slow");
  await there.until(begun, (run) => run.steps[1].state === "running");
  const [holder] = await workers("state = 'leased'", "job");
  const [first, second] = (await workers()).sort();
  assert.ok(holder === first || holder === second);
  const [gone, survivor] = holder === first ? [plane.server, there] : [other, here];
  await gone.program.stop("SIGKILL");
  await plane.outlive();
  slow.release();
  const run = await survivor.until(begun, ended, 60);
  assert.deepEqual([run.state, run.version], ["succeeded", 2], JSON.stringify(run));
  assert.equal(await count(`job WHERE worker = '${holder}'`), 0);
  assert.deepEqual(await damage(plane), {});
  await does(plane, "audit", "verify");
});
