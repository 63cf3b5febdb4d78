// `kill -9` while keys are replaced: of the server in the job that re-encrypts secrets, and of `bastion rotate-keys`, beside
// a server and without one. Every secret stays readable, and each is moved to each new key once.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { code } from "../support/authenticator.mjs";
import { Client, founder } from "../support/client.mjs";
import { does, isKilled, isKilledOnce } from "../support/command.mjs";
import { embedded, onPostgres } from "../support/control-plane.mjs";
import { startListener, together } from "../support/listener.mjs";
import { effort, eventually, pause, seeded } from "../support/moments.mjs";

const KILLS = effort(3);
// A hundred are moved in one transaction.
const SECRETS = 150;
// Each with a data key of its own, which the master key wraps in a transaction of its own.
const ORGANIZATIONS = 20;
const PEOPLE = 2;

let listener;

before(async () => {
  listener = await startListener();
});

after(() => listener?.stop());

for (const [name, make] of [["SQLite", embedded], ["PostgreSQL", onPostgres]]) {
  describe(`on ${name}`, () => {
    const kept = [];
    const people = [];
    let plane, ada;

    async function keep(client, name) {
      await listener.keep(client, name);
      kept.push([client, name]);
    }

    // Somebody whose sign-in asks for a code.
    async function person() {
      const client = await founder(ada.base);
      const { email } = (await client.get("/api/auth/me")).user;
      const { secret } = await client.ok("POST", "/api/auth/second-factor", {});
      const now = Date.now();
      await client.ok("POST", "/api/auth/second-factor/confirm", { code: code(secret, now) });
      people.push({ email, secret, now });
    }

    const everySecretIsReadable = async () => assert.deepEqual(await listener.unreadable(kept), []);

    // A code is taken once: this is the one after that by which it was turned on.
    async function everybodySignsIn() {
      for (const { email, secret, now } of people) {
        const client = new Client(ada.base);
        const asked = await client.call("POST", "/api/auth/sign-in", { email, password: "correct horse battery" });
        assert.equal(asked.body.code, "second_factor_required");
        const next = code(secret, Math.max(Date.now(), now + 30_000));
        await client.ok("POST", "/api/auth/second-factor/verify", { code: next });
        assert.equal((await client.get("/api/auth/me")).user.email, email);
      }
    }

    const onOldKeys = async () =>
      Number(
        await plane.query(
          "SELECT count(*) FROM credential AS one WHERE key_version < (SELECT max(version) FROM data_key WHERE org_id = one.org_id)",
        ),
      );
    const rewritten = async () => {
      const details = await plane.query("SELECT detail FROM audit WHERE action = 'secrets.re_encrypted'");
      return details.split("\n").filter(Boolean).reduce((sum, detail) => sum + JSON.parse(detail).rewritten, 0);
    };
    const jobIsDone = async (kind) => {
      const states = await plane.query(`SELECT DISTINCT state FROM job WHERE kind = '${kind}'`);
      return states === "" || states;
    };

    before(async () => {
      plane = await make();
      ada = await founder((await plane.start()).base);
      await together(Array.from({ length: SECRETS }, (_, number) => `source-${number}`), (name) => keep(ada, name));
      await together(Array.from({ length: ORGANIZATIONS }, (_, number) => `Branch ${number}`), async (name) => {
        const { slug } = await ada.ok("POST", "/api/orgs", { name });
        await keep(ada.at({ org: slug }), "only");
      });
      for (let number = 0; number < PEOPLE; number += 1) await person();
    });

    after(() => plane?.stop());

    test("a server killed as it re-encrypts secrets goes on, and moves each to the new key once", async () => {
      const again = async () => {
        await ada.ok("POST", "/api/org/rotate-keys");
        await ada.ok("POST", "/api/org/re-encrypt");
      };
      const isDone = () => eventually("the secrets are re-encrypted", () => jobIsDone("re_encrypt"));
      // Every other kill comes as soon as a first part is written down.
      const partIsDone = async () => (await ada.list("/api/org/audit?limit=1"))[0].action === "secrets.re_encrypted";
      const begun = performance.now();
      await again();
      await isDone();
      const took = performance.now() - begun;
      assert.equal(await rewritten(), SECRETS);
      const random = seeded(3);
      let hits = 0;
      for (let kill = 0; kill < KILLS || (hits === 0 && kill < 3 * KILLS); kill += 1) {
        await again();
        if (kill % 2 === 0) while (!(await partIsDone()));
        else await pause(took * random());
        await plane.kill();
        const left = await onOldKeys();
        hits += Number(left > 0 && left < SECRETS);
        await plane.outlive();
        await plane.start();
        await isDone();
        assert.deepEqual([await onOldKeys(), await rewritten()], [0, SECRETS * (kill + 2)]);
      }
      assert.ok(hits > 0, "no kill fell between two transactions of a job");
      // Keys that nothing uses any more are gone.
      assert.equal(await plane.query("SELECT max(keys) FROM (SELECT count(*) AS keys FROM data_key GROUP BY org_id) AS each"), "1");
      await everySecretIsReadable();
    });

    test("`bastion rotate-keys` killed at any moment is ended by the next one or by a server", async () => {
      const underOthers = async () =>
        Number(await plane.query("SELECT count(*) FROM data_key WHERE key_id <> (SELECT key_id FROM key_canary)"));
      const settled = () =>
        eventually("everything is under one master key", async () => {
          const state = await plane.query(
            `SELECT (SELECT count(*) FROM data_key WHERE key_id <> (SELECT key_id FROM key_canary)),
                    (SELECT count(*) FROM second_factor WHERE key_id <> (SELECT key_id FROM key_canary)),
                    (SELECT count(*) FROM master_key),
                    (SELECT count(*) FROM job WHERE kind = 'master_key')`,
          );
          if (state !== "0|0|1|0") await plane.hurry();
          return state === "0|0|1|0" || state;
        });
      await plane.kill();
      const took = await does(plane, "rotate-keys");
      // Whether something was written since: asking an embedded database takes longer than that lasts.
      function writing() {
        if (plane.postgres) return async () => (await underOthers()) > 0;
        const log = () => statSync(join(plane.server.data, "bastion.db-wal"), { throwIfNoEntry: false });
        const then = log()?.mtimeMs;
        return async () => {
          await pause(1);
          return log()?.size > 0 && log().mtimeMs !== then;
        };
      }
      let hits = 0;
      // Nobody else is there: the next one ends it.
      for (let kill = 0; kill < KILLS || (hits === 0 && kill < 3 * KILLS); kill += 1) {
        const killed = await isKilledOnce(plane, writing(), "rotate-keys");
        hits += Number(killed && (await underOthers()) > 0);
        await does(plane, "rotate-keys");
        assert.equal(await underOthers(), 0);
      }
      assert.ok(hits > 0, "no kill fell into a rotation");
      await plane.start();
      await settled();
      // A server is there, and ends it.
      const random = seeded(4);
      for (let kill = 1; kill < KILLS; kill += 1) {
        await isKilled(plane, took * (0.4 + random() / 2), "rotate-keys");
        await settled();
      }
      // Each master key came to each organization once.
      const each = "SELECT org_id, count(*) AS keys FROM audit WHERE action = 'master_key.rotated' GROUP BY org_id";
      const [organizations, least, most] = (await plane.query(`SELECT count(*), min(keys), max(keys) FROM (${each}) AS each`)).split("|");
      assert.deepEqual([Number(organizations), least], [ORGANIZATIONS + 1, most]);
      assert.ok(Number(most) >= hits);

      await everySecretIsReadable();
      await everybodySignsIn();
      await keep(ada, "after-all");
      await everySecretIsReadable();
      await does(plane, "audit", "verify");
    });
  });
}
