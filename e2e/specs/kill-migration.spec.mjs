// `kill -9` of `bastion migrate up` at any moment, on a database with rows: the tables are as before or as after, nothing in
// between, and the next `migrate up` goes through as one that nobody disturbed. So does `bastion place`, while a server works.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { founder } from "../support/client.mjs";
import { does, isKilled } from "../support/command.mjs";
import { contentOfPostgres, contentOfSqlite } from "../support/content.mjs";
import { embedded, onPostgres } from "../support/control-plane.mjs";
import { chinookFile, sqlite } from "../support/databases.mjs";
import { effort, eventually, seeded } from "../support/moments.mjs";
import { folder, startAgent } from "../support/programs.mjs";

const KILLS = effort(6);
const KILLED_MOVES = effort(2);
// So many of the newest migrations are undone, back to the tables of the first release: some of them change rows.
const UNDONE = 15;

// One file, of which a copy is kept.
async function inFile(plane) {
  const { data } = plane.server;
  const copy = await folder();
  const file = (name) => join(data, name);
  return {
    async keep() {
      // Until this is done, some of it is in the log.
      await sqlite(file("bastion.db"), "PRAGMA wal_checkpoint(TRUNCATE);");
      assert.ok(!existsSync(file("bastion.db-wal")));
      await cp(data, copy, { recursive: true, force: true });
    },
    async putBack() {
      for (const name of ["bastion.db", "bastion.db-wal", "bastion.db-shm"]) await rm(file(name), { force: true });
      await cp(copy, data, { recursive: true, force: true });
    },
    content: () => contentOfSqlite(data),
    // What is written is in the log until it is folded into the file, which a killed program did not come to.
    wasAtWork: async () => existsSync(file("bastion.db-wal")),
    remove: () => rm(copy, { recursive: true, force: true }),
  };
}

// One database, of which a copy is kept beside it.
async function onServer({ postgres }) {
  const asAdministrator = (sql) => postgres.psql(sql, "postgres");
  const nobodyIsIn = () =>
    eventually("the killed program's session ends", async () => {
      const sessions = await asAdministrator("SELECT count(*) FROM pg_stat_activity WHERE datname = 'control'");
      return sessions === "0" || sessions;
    });
  return {
    async keep() {
      await nobodyIsIn();
      await asAdministrator("CREATE DATABASE kept TEMPLATE control");
    },
    async putBack() {
      await nobodyIsIn();
      await asAdministrator("DROP DATABASE control");
      await asAdministrator("CREATE DATABASE control TEMPLATE kept");
      // What roles may do with a database is not copied.
      await asAdministrator("GRANT CREATE ON DATABASE control TO bastion_owner");
    },
    content: () => contentOfPostgres(postgres),
    async wasAtWork() {
      await nobodyIsIn();
      const undone = await asAdministrator("SELECT xact_rollback FROM pg_stat_database WHERE datname = 'control'");
      return undone !== "0";
    },
    async remove() {},
  };
}

let chinook, agent;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
});

after(async () => {
  await agent?.stop();
  await chinook?.remove();
});

for (const [name, make, at] of [["SQLite", embedded, inFile], ["PostgreSQL", onPostgres, onServer]]) {
  describe(`on ${name}`, () => {
    let plane, store, client, known;

    const api = async () => ({
      sources: (await client.list("/api/sources")).map(({ id, name, token }) => [id, name, token]),
      versions: (await client.list("/api/schema/history")).map(({ version, root_hash }) => [version, root_hash]),
      drift: (await client.list("/api/drift")).map(({ id, sentence }) => [id, sentence]),
      audit: (await client.list("/api/org/audit?limit=200")).map(({ seq, action, subject }) => [seq, action, subject]),
    });

    before(async () => {
      plane = await make();
      client = await founder((await plane.start()).base);
      await client.addSource("chinook", agent);
      await client.scan("chinook");
      await sqlite(chinook.file, `ALTER TABLE Genre ADD COLUMN ${name} INTEGER`);
      await client.scan("chinook");
      known = await api();
      assert.deepEqual([known.versions.length, known.drift.length], [2, 1]);
      await plane.server.program.stop();
      store = await at(plane);
      await does(plane, "migrate", "down", String(UNDONE));
      await store.keep();
    });

    after(async () => {
      await plane?.stop();
      await store?.remove();
    });

    test("a migration killed at any moment is done wholly or not at all, and the next one ends it", async () => {
      const random = seeded(5);
      const old = await store.content();
      const took = await does(plane, "migrate", "up");
      const whole = await store.content();
      assert.ok(whole.length > old.length + 20, "the migrations change nothing");

      let atWork = 0;
      for (let kill = 0; kill < KILLS || (atWork === 0 && kill < 3 * KILLS); kill += 1) {
        await store.putBack();
        assert.deepEqual(await store.content(), old);
        // It takes its time for starting as well: less of the first moments.
        const hit = await isKilled(plane, (took * ((kill % KILLS) + 1 + random())) / (KILLS + 1), "migrate", "up");
        const begun = await store.wasAtWork();
        const found = await store.content();
        if (hit && found.length === old.length) {
          assert.deepEqual(found, old);
          atWork += Number(begun);
        } else {
          assert.deepEqual(found, whole);
        }
        await does(plane, "migrate", "up");
        assert.deepEqual(await store.content(), whole);
      }
      assert.ok(atWork > 0, "none was killed at work");
    });

    test("a server goes on with what was there before", async () => {
      await plane.start();
      assert.deepEqual(await api(), known);
      await does(plane, "audit", "verify");
      assert.equal((await client.scan("chinook")).unchanged, true);
    });

    // An embedded database has one place.
    if (make !== onPostgres) return;

    test("an organization whose move is killed at any moment has all of it in one place, and works", async () => {
      const random = seeded(6);
      const placement = async () => (await client.get("/api/org")).placement;
      // But for what is done to the organization here.
      const rest = async () => {
        const { audit, ...others } = await api();
        const kept = audit.filter(([, action]) => !action.startsWith("organization."));
        return { ...others, audit: kept.map(([, action, subject]) => [action, subject]) };
      };
      const before = await rest();
      let took = 1000;
      for (let move = 0; move < KILLED_MOVES; move += 1) {
        const place = ["place", move % 2 === 0 ? "silo" : "pooled", "--org", client.org];
        await isKilled(plane, took * random(), ...place);
        // PostgreSQL ends what the killed program had begun once it sees that nobody is there.
        await eventually("it can be changed", async () => {
          const { status } = await client.call("PATCH", "/api/org", { name: `Move ${move}` });
          return status === 200 || status;
        });
        assert.deepEqual(await rest(), before);
        if ((await placement()) !== place[1]) took = await does(plane, ...place);
        assert.equal(await placement(), place[1]);
        assert.deepEqual(await rest(), before);
        await does(plane, "audit", "verify");
      }
      assert.equal((await client.scan("chinook")).unchanged, true);
    });
  });
}
