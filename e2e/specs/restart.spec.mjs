// The demo is stopped from its terminal and started again: everything is kept, and one can sign in with what is printed.
import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client } from "../support/client.mjs";
import { eventually } from "../support/moments.mjs";
import { demoProgram, folder, freePort, startDemo } from "../support/programs.mjs";

// What somebody waits at most until the second start shows a page.
const SECONDS = 15;

const started = [];
let demo, unfinished;

before(async () => {
  demo = await startDemo();
});

after(async () => {
  for (const program of started) await program.stop();
  await demo?.stop();
  if (unfinished) await rm(unfinished, { recursive: true, force: true });
});

function start(data, port, more = []) {
  const program = demoProgram(data, port, more);
  started.push(program);
  return program;
}

// Signs in with what the program printed, as somebody would who reads it.
async function visitor(program) {
  const [base, email, password] = [/demo is at\s+(\S+)/, /e-mail:\s+(\S+)/, /password:\s+(\S+)/].map((line) => line.exec(program.said)?.[1]);
  const client = new Client(new URL(base).origin);
  await client.ok("POST", "/api/auth/sign-in", { email, password });
  [{ slug: client.org }] = (await client.get("/api/auth/me")).memberships;
  return client;
}

// What the scans of the past have left; one on its schedule may come at any time.
async function past(client) {
  const runs = (await client.list("/api/scan/runs?limit=200")).filter(({ trigger }) => trigger === "manual");
  const versions = (await client.list("/api/schema/history?limit=200")).map(({ verified_at: _, ...version }) => version);
  const drift = (await client.list("/api/drift?limit=200")).map(({ id, sentence }) => [id, sentence]);
  return { org: client.org, runs, versions, drift };
}

const agentOf = async (client) => new URL("/healthz", (await client.list("/api/sources"))[0].url);
const answers = (url) => fetch(url).then(({ ok }) => ok, () => false);

test("Ctrl-C stops the demo and the agent that it started; a second start keeps everything, and is quick", async () => {
  const first = await visitor(demo.program);
  const before = await past(first);
  assert.ok(before.runs.length > 60 && before.versions.length > 10 && before.drift.length > 10);
  const agent = await agentOf(first);
  assert.equal(await answers(agent), true);
  assert.deepEqual(await demo.program.stop("SIGINT"), { code: 0, signal: null });
  assert.deepEqual([await answers(agent), await answers(`${demo.base}/livez`)], [false, false]);

  const port = await freePort();
  const begun = performance.now();
  const again = start(demo.data, port);
  await again.until(() => answers(`http://127.0.0.1:${port}/`), SECONDS);
  assert.ok(performance.now() - begun < SECONDS * 1000);
  await again.until(async ({ said }) => /Ctrl-C stops it/.test(said));
  const second = await visitor(again);
  assert.equal(second.base, `http://127.0.0.1:${port}`);
  assert.deepEqual(await past(second), before);
  assert.equal(await answers(await agentOf(second)), true);
});

// What a program has started, by whichever of its threads.
async function children(pid) {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")));
  return lists.flatMap((list) => list.split(" ").filter(Boolean));
}

// Of a process that has ended there is no command line, also while nobody has asked how it ended.
const command = (pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");

test("a signal to the demo alone, while it makes its history, ends the agent as well; the next start makes it anew", async () => {
  unfinished = await folder();
  const own = { email: "ada@example.com", password: "correct horse battery" };
  await writeFile(join(unfinished, "password"), `${own.password}\n`);
  const account = ["--email", own.email, "--password-file", join(unfinished, "password")];
  for (const signal of ["SIGTERM", "SIGINT"]) {
    const program = start(unfinished, await freePort(), account);
    await program.until(async ({ said }) => /Making \d+ days of history/.test(said));
    const [agent, ...others] = await children(program.child.pid);
    assert.deepEqual(others, []);
    assert.match(await command(agent), /bastion-mcp/);
    assert.deepEqual(await program.stop(signal), { code: 0, signal: null }, program.said);
    assert.deepEqual(JSON.parse(await readFile(join(unfinished, "demo-credentials.json"), "utf8")), own);
    await eventually(`${signal} ends the agent`, async () => (await command(agent)) === "", 5);
  }
});
