// PostgreSQL is restarted, its sessions are ended and its answers lost while people change things: what was acknowledged is
// there once, what was not at most once, and the server recovers by itself.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { founder } from "../support/client.mjs";
import { does } from "../support/command.mjs";
import { damage, onPostgres } from "../support/control-plane.mjs";
import { chinookFile, sqlite } from "../support/databases.mjs";
import { eventually, pause, seeded } from "../support/moments.mjs";
import { startAgent } from "../support/programs.mjs";
import { startProxy } from "../support/proxy.mjs";

const WRITERS = 4;

let chinook, agent, plane, proxy, client;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  plane = await onPostgres();
  proxy = await startProxy(plane.postgres.port);
  plane.env.BASTION_DATABASE_URL = plane.env.BASTION_DATABASE_URL.replace(`:${plane.postgres.port}/`, `:${proxy.port}/`);
  client = await founder((await plane.start()).base);
  await client.addSource("chinook", agent);
  await client.scan("chinook");
});

after(async () => {
  await plane?.stop();
  await proxy?.stop();
  await agent?.stop();
  await chinook?.remove();
});

// Makes a key for programs: two may have the same name, so that one that is made twice is seen.
async function make(name, key) {
  const { status, body } = await client.call("POST", "/api/org/api-keys", { name, role: "viewer" }, { "idempotency-key": key });
  return { status, code: body.code };
}

// Name → how many keys have it.
async function made() {
  const rows = await plane.query("SELECT name, count(*) FROM api_key GROUP BY name");
  return new Map(rows.split("\n").filter(Boolean).map((row) => row.split("|")).map(([name, count]) => [name, Number(count)]));
}

// Asks until it is known what became of it.
async function insist(name, refused) {
  const key = randomUUID();
  for (;;) {
    const { status, code } = await make(name, key);
    if (status === 201) return "acknowledged";
    if (code?.startsWith("idempotency_")) return "unknown";
    assert.equal(status, 503, `${name}: ${code}`);
    refused.add(code);
    await pause(20);
  }
}

const endSessions = () =>
  plane.postgres.psql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'bastion_runtime'");

// As `pg_ctl restart` does it: whoever is in is thrown out, and everything is written.
async function restart() {
  const folder = await plane.postgres.psql("SHOW data_directory");
  const process_id = Number((await readFile(join(folder, "postmaster.pid"), "utf8")).split("\n")[0]);
  process.kill(process_id, "SIGINT");
  const isGone = () => {
    try {
      return !process.kill(process_id, 0);
    } catch {
      return true;
    }
  };
  await eventually("PostgreSQL stops", async () => isGone());
  await plane.postgres.comeBack();
}

async function crash() {
  await plane.postgres.vanish();
  await plane.postgres.comeBack();
}

test("a change whose commit is not answered is not done a second time by who asks again", async () => {
  const key = randomUUID();
  proxy.loseCommitOf("lost-answer");
  const first = await make("lost-answer", key);
  assert.deepEqual([first.status, proxy.lost()], [503, 1], JSON.stringify(first));
  assert.equal((await made()).get("lost-answer"), 1);
  const second = await make("lost-answer", key);
  assert.equal((await made()).get("lost-answer"), 1, JSON.stringify(second));
  assert.deepEqual([second.status, second.code], [409, "idempotency_unknown"]);
});

test("while sessions are ended and PostgreSQL is restarted, what is acknowledged is there once", async () => {
  const random = seeded(7);
  const refused = new Set();
  const written = { acknowledged: [], unknown: [] };
  const counts = Array(WRITERS).fill(0);
  let over = false;
  const writer = async (number) => {
    while (!over) {
      const name = `key-${number}-${counts[number]}`;
      written[await insist(name, refused)].push(name);
      counts[number] += 1;
    }
  };
  const writers = Promise.all(counts.map((_, number) => writer(number)));
  // Every writer gets on by two: the first may have been on its way before.
  const getOn = async () => {
    const then = counts.map((count) => count + 2);
    await eventually("every writer gets on", async () => counts.every((count, number) => count >= then[number]) || counts);
  };
  const faults = async () => {
    await getOn();
    for (const fault of [endSessions, endSessions, restart, endSessions, crash, endSessions, endSessions]) {
      await pause(200 * random());
      await fault();
      await getOn();
    }
  };
  await Promise.race([faults(), writers]).finally(() => (over = true));
  await writers;

  const found = await made();
  const twice = [...found].filter(([, count]) => count > 1);
  assert.deepEqual(twice, [], "made twice");
  assert.deepEqual(written.acknowledged.filter((name) => !found.has(name)), [], "lost");
  const known = new Set([...written.acknowledged, ...written.unknown, "lost-answer"]);
  assert.deepEqual([...found.keys()].filter((name) => !known.has(name)), []);
  assert.ok(refused.size > 0, "no fault was felt");
  assert.ok(written.acknowledged.length > 8 * WRITERS);
  // The audit log says the same.
  assert.equal(await plane.query("SELECT count(*) FROM audit WHERE action = 'api_key.created'"), String(found.size));
  await does(plane, "audit", "verify");
});

test("the same server, never started again, does its jobs as before", async () => {
  assert.equal(plane.server.program.child.exitCode, null);
  await eventually("the server is ready", async () => (await fetch(`${client.base}/readyz`)).ok);
  await sqlite(chinook.file, "ALTER TABLE Genre ADD COLUMN Rank INTEGER");
  assert.equal((await client.scan("chinook")).version, 2);
  assert.deepEqual(await damage(plane), {});
});
