// How long the schemas of 1,000 organizations take to be migrated, while nobody works: the promise is of what is pending.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";

import { onPostgres } from "../support/control-plane.mjs";
import { postgresPrograms } from "../support/databases.mjs";
import { bastion } from "../support/programs.mjs";
import { repeat } from "./measured.mjs";

const run = promisify(execFile);

const SILOS = 1_000;
const RUNS = 3;
// The last migrations: a function that is replaced, and a column that is added.
const PENDING = 2;
// They are made by so many at once.
const MAKERS = 2;

const schema = (org) => `t_${org.replaceAll("-", "")}`;

const organization = (org) => `INSERT INTO platform.organization (id, slug, name, placement, created_at)
  VALUES ('${org}', 'org-${org}', 'Organization', 'pooled', 0);`;

// The first is made by the product, the others are its copies: made one by one, they would take half an hour.
async function make(plane, command) {
  const { postgres } = plane;
  const first = randomUUID();
  await postgres.psql(organization(first));
  await command("place", "silo", "--org", first);
  const target = ["-h", "127.0.0.1", "-p", String(postgres.port), "-U", "postgres", "-d", "control"];
  const dumped = await run(join(await postgresPrograms(), "pg_dump"), [...target, "-n", schema(first)], { maxBuffer: 1 << 24 });
  let left = SILOS - 1;
  const maker = async () => {
    while (left-- > 0) {
      const org = randomUUID();
      const registered = `INSERT INTO platform.tenant_schema SELECT '${org}', state, version, changed_at
        FROM platform.tenant_schema WHERE id = '${first}';`;
      const copy = dumped.stdout.replaceAll(schema(first), schema(org));
      await postgres.script(`BEGIN; ${copy}\n${organization(org)} ${registered} COMMIT;`);
    }
  };
  await Promise.all(Array.from({ length: MAKERS }, maker));
}

export async function silos() {
  const plane = await onPostgres();
  const command = async (...args) => {
    const start = performance.now();
    await run(bastion, args, { env: { ...process.env, ...plane.env }, maxBuffer: 1 << 24 });
    return (performance.now() - start) / 1000;
  };
  const behind = () => plane.postgres.psql("SELECT count(*) FROM platform.tenant_schema GROUP BY version");
  try {
    await command("migrate", "up");
    await make(plane, command);
    const times = await repeat(RUNS, async () => {
      const down = await command("migrate", "down", "--all", String(PENDING));
      const up = await command("migrate", "up", "--all");
      const versions = await behind();
      if (versions !== String(SILOS)) throw new Error(`not all schemas are at one version: ${versions}`);
      return { down, up };
    });
    const what = `${PENDING} migrations of ${SILOS} schemas`;
    return [
      { what: `${what}, applied`, unit: "s", runs: times.map((time) => time.up), limit: 300 },
      { what: `${what}, undone`, unit: "s", runs: times.map((time) => time.down) },
    ];
  } finally {
    await plane.stop();
  }
}
