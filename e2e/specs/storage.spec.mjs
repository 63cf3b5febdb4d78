// A full disk and a wrong master key: each is a clear problem, nothing is half written, and all goes on once it is
// set right.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { founder } from "../support/client.mjs";
import { damage, embedded } from "../support/control-plane.mjs";
import { chinookFile, sqlite } from "../support/databases.mjs";
import { bastion, Program, startAgent } from "../support/programs.mjs";
import { waiting } from "../support/stub.mjs";

// No file may grow by more than this beyond the database's size: what a disk without space is to a program that
// writes, without the rights to mount one.
const ROOM = 256 << 10;

let chinook, agent, plane, client, slow;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  slow = await waiting(agent);
  plane = await embedded();
  client = await founder((await plane.start()).base);
  await client.addSource("chinook", slow);
  await client.scan("chinook");
});

after(async () => {
  slow?.release();
  await plane?.stop();
  await slow?.stop();
  await agent?.stop();
  await chinook?.remove();
});

test("a disk that fills up in the middle of a scan refuses what writes, answers what reads, and loses nothing", async () => {
  await plane.server.program.stop();
  const { size } = await stat(join(plane.server.data, "bastion.db"));
  await assert.rejects(stat(join(plane.server.data, "bastion.db-wal")), "a server that stops leaves one file");
  await plane.start({ within: size + ROOM });
  await sqlite(chinook.file, "ALTER TABLE Genre ADD COLUMN Rank INTEGER");
  slow.hold();
  const id = await client.startScan("chinook");
  await client.until(id, (run) => run.steps[1].state === "running");

  // Until it is refused: what takes less space than what was refused before may still find some.
  const accepted = [];
  const filled = async (status, write) => {
    for (let number = 0; number < 100; number += 1) {
      const answer = await write(number);
      if (answer.status !== status) return answer;
      accepted.push(answer.body.id ?? answer.body.run_id);
    }
  };
  const refused = await filled(201, (number) =>
    client.call("POST", "/api/sources", { name: `filler-${number}`, transport: "direct", url: agent.url, token: agent.token }),
  );
  assert.deepEqual([refused?.status, refused?.body.code], [507, "storage_full"], JSON.stringify(refused?.body));
  assert.match(refused.body.detail, /free some space/);
  slow.release();
  const second = await filled(202, (number) => client.call("POST", "/api/scan/run", { source: `filler-${number}` }));
  assert.deepEqual([second?.status, second?.body.code], [507, "storage_full"]);
  assert.equal((await client.get("/api/schema/latest?source=chinook")).version, 1);
  assert.equal((await client.list("/api/quality?source=chinook")).length > 0, true);
  assert.equal((await client.run(id)).version, null);

  // Space is made, and the server started again: what was accepted is there.
  await plane.restart();
  const kept = [...(await client.list("/api/sources")), ...(await client.list("/api/scan/runs"))].map(({ id }) => id);
  assert.deepEqual(accepted.filter((each) => !kept.includes(each)), []);
  const run = await client.finish(id);
  assert.deepEqual([run.state, run.version], ["succeeded", 2], JSON.stringify(run));
  assert.deepEqual(await damage(plane), {});
  assert.equal(await plane.query("PRAGMA integrity_check"), "ok");
});

test("a wrong master key is refused at the start with what to do, and nothing is changed", async () => {
  await plane.server.program.stop();
  const before = await plane.content();
  const kept = await readFile(join(plane.server.data, "master.key"), "utf8");
  const args = ["serve", "--listen", `127.0.0.1:${plane.server.port}`, "--data", plane.server.data, "--ui", "off"];
  const cases = [
    ["another key", randomBytes(32).toString("base64"), 78, /not the one that this database was sealed with: set BASTION_MASTER_KEY/],
    ["no key at all", "not a key", 78, /32 bytes of base64/],
  ];
  for (const [what, key, code, says] of cases) {
    const program = new Program(`bastion with ${what}`, bastion, args, { BASTION_MASTER_KEY: key });
    assert.equal((await program.ended).code, code, `${what}: ${program.said}`);
    assert.match(program.said, says);
    assert.ok(!program.said.includes(key), "the key is shown");
    assert.equal(await plane.content(), before, `${what} changed the database`);
  }
  await writeFile(join(plane.server.data, "master.key"), "not a key\n");
  const damaged = new Program("bastion with a damaged key file", bastion, args);
  assert.notEqual((await damaged.ended).code, 0);
  assert.match(damaged.said, /The master key in .* cannot be used/);
  assert.equal(await plane.content(), before);

  await writeFile(join(plane.server.data, "master.key"), kept);
  await plane.start();
  assert.equal((await client.get("/api/schema/latest?source=chinook")).version, 2);
  assert.equal((await client.scan("chinook")).unchanged, true);
});
