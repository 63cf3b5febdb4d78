// The catalog of 10,000 tables with indexes, foreign keys and comments: bastion-mcp beside what others use for the same.
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder, startAgent } from "../support/programs.mjs";
import { measured, repeat } from "./measured.mjs";
import { eachPeer } from "./peer.mjs";
import { call, served } from "./served.mjs";
import { small, tables } from "./workload.mjs";

const TABLES = small ? 60 : 10_000;
const RUNS = small ? 1 : 5;
const SIZES = small ? [20, TABLES] : [100, 1_000, TABLES];

// What others read of a catalog. The last reads table by table, and no more than 1,000 at a time.
const peers = {
  "SQLAlchemy, bulk inspector": { packages: ["sqlalchemy==2.0.44", "psycopg2-binary==2.9.11"], script: "sqlalchemy.py" },
  "pg-introspection": { packages: ["pg-introspection@1.0.1", "pg@8.16.3"], script: "pg_introspection.mjs" },
  "dbhub, 1,000 tables": { packages: ["@bytebase/dbhub@1.4.0"], script: "dbhub.mjs" },
};

// Seconds in which an agent tells that nothing changed.
async function fingerprint(postgres) {
  const agent = await startAgent({ bench: postgres.url });
  try {
    const { fingerprint: known, job } = await call(agent, "schema_scan_start", { source: "bench" });
    if (job) await call(agent, "job_cancel", { job });
    return await repeat(RUNS * 2, async () => {
      const start = performance.now();
      const { unchanged } = await call(agent, "schema_scan_start", { source: "bench", if_none_match: known });
      if (!unchanged) throw new Error("a catalog that nobody changed has another fingerprint");
      return (performance.now() - start) / 1000;
    });
  } finally {
    await agent.stop();
  }
}

export async function catalog() {
  const file = join(await folder(), "schema.sql");
  await writeFile(file, SIZES.map((count) => tables(`t${count}`, count, 0)).join("\n") + "\nVACUUM ANALYZE;");
  const settings = ["shared_preload_libraries=pg_stat_statements", "shared_buffers=1GB", "jit=off", "autovacuum=off", "max_locks_per_transaction=1024"];
  console.error("making the tables");
  const postgres = await startPostgres("bench", file, settings);
  // What is printed goes nowhere, for all alike.
  const quiet = { stdio: ["ignore", "ignore", "pipe"] };
  const schema = `t${TABLES}`;
  try {
    await postgres.psql("CREATE EXTENSION pg_stat_statements");
    const results = [];
    for (const count of SIZES) {
      const args = ["scan", "--include", `t${count}.*`, postgres.url];
      const runs = await repeat(RUNS, () => measured(postgres, agentProgram, args, quiet));
      const limit = count === TABLES ? { limit: 1.2 } : {};
      results.push({ what: `${count} tables: catalog, process and all`, unit: "s", runs: runs.map(({ wall }) => wall), ...limit });
      if (count < TABLES) continue;
      results.push(
        { what: `${count} tables: CPU of the server`, unit: "s", runs: runs.map(({ cpu }) => cpu) },
        { what: `${count} tables: memory of bastion-mcp`, unit: "MiB", runs: runs.map(({ rss }) => rss) },
        { what: `${count} tables: bytes on the wire`, unit: "MiB", runs: runs.map(({ wire }) => wire) },
        { what: `${count} tables: statements, with what sets the session up`, unit: "", runs: runs.map(({ statements }) => statements) },
      );
    }
    const seconds = await fingerprint(postgres);
    results.push({ what: `${TABLES} tables: nothing changed, by the fingerprint`, unit: "s", runs: seconds, limit: 0.15 });
    const over = await served(postgres.url, "schema_scan", { include: [`${schema}.*`] });
    results.push(
      { what: `${TABLES} tables: over MCP, all pages`, unit: "s", runs: [over.wall] },
      { what: `${TABLES} tables: largest page`, unit: "KiB", runs: [over.largest / 1024], limit: 1024 },
      { what: `${TABLES} tables: memory of bastion-mcp serve`, unit: "MiB", runs: [over.memory], limit: 150 },
    );
    const superuser = `postgresql://postgres@127.0.0.1:${postgres.port}/bench`;
    const dump = await repeat(3, () => measured(postgres, "pg_dump", ["--schema-only", `--schema=${schema}`, superuser], quiet));
    results.push({ what: `${TABLES} tables: pg_dump, schema only`, unit: "s", runs: dump.map(({ wall }) => wall) });
    const others = await eachPeer(peers, `${TABLES} tables`, async (name, program, args) => {
      const found = await measured(postgres, program, [...args, superuser, schema, String(TABLES)], quiet);
      return [
        { what: `${TABLES} tables: ${name}`, unit: "s", runs: [found.wall] },
        { what: `${TABLES} tables: ${name}, statements`, unit: "", runs: [found.statements] },
        { what: `${TABLES} tables: ${name}, memory`, unit: "MiB", runs: [found.rss] },
        { what: `${TABLES} tables: ${name}, bytes on the wire`, unit: "MiB", runs: [found.wire] },
      ];
    });
    return [...results, ...others];
  } finally {
    await postgres.stop();
  }
}
