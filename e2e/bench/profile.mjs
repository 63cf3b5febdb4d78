// Profiles of large and of many tables: bastion-mcp beside a bare COPY, exact SQL, and what others use for the same.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder } from "../support/programs.mjs";
import { measured, median, repeat } from "./measured.mjs";
import { eachPeer } from "./peer.mjs";
import { served } from "./served.mjs";
import { small, tables, wide } from "./workload.mjs";

const RUNS = small ? 1 : 5;
const large = process.env.BASTION_BENCH_LARGE === "1";
const ROWS = small ? 20_000 : 1_000_000;
const SIZE = small ? `${ROWS} × 16` : "1 M × 16";
// The third workload: how many tables, and rows of each.
const [MANY, EACH] = small ? [5, 2_000] : [large ? 200 : 40, 50_000];

// The distinct values of each column, by exact SQL, and how far ours are off.
async function accuracy(postgres, table, profile) {
  const names = profile.columns.map(({ column }) => column);
  const counts = names.flatMap((name) => [`count(DISTINCT "${name}")`, `count(*) - count("${name}")`]);
  const truth = (await postgres.psql(`SELECT concat_ws(',', ${counts.join(", ")}) FROM ${table}`)).split(",").map(Number);
  const off = profile.columns.map(({ distinct_count: found }, i) => Math.abs(found / truth[2 * i] - 1) * 100);
  const nulls = profile.columns.map(({ null_count: found }, i) => Math.abs(found - truth[2 * i + 1]));
  return { distinct: Math.max(...off), nulls: Math.max(...nulls) };
}

const dataHub = "acryl-datahub[postgres]==1.7.0.17";
// What others measure of a table, and how many times as fast Bastion promises to be.
const peers = {
  "Soda 3, profile columns": { packages: ["soda-core-postgres==3.5.6"], script: "soda.py", least: 10 },
  "Great Expectations, metrics": { packages: ["great-expectations[postgresql]==1.24.1"], script: "great_expectations.py", least: 3 },
  "Soda 4, contract": { packages: ["soda-postgres==4.28.0"], script: "soda_contract.py", least: 3 },
  "DataHub, profiling": { packages: [dataHub], script: "datahub.py", least: 5 },
  "DataHub, profiling, flattened": { packages: [dataHub], script: "datahub.py", more: ["flatten"], least: 5 },
  "ydata-profiling, minimal": { packages: ["ydata-profiling==4.18.4", "sqlalchemy", "psycopg2-binary"], script: "ydata.py", least: 10 },
};

async function one(postgres, table, rows, results) {
  const pages = Number(await postgres.psql(`SELECT relpages FROM pg_class WHERE oid = '${table}'::regclass`));
  const psql = ["-h", "127.0.0.1", "-p", String(postgres.port), "-U", "postgres", "-d", "bench", "-X", "-q"];
  const out = `COPY ${table} TO STDOUT (FORMAT binary)`;
  const ours = ["profile", "--json", "--table", `public.${table}`, postgres.url];
  // One after the other, so that what else the machine does falls on both.
  const pairs = await repeat(rows > 5_000_000 ? 1 : RUNS, async () => ({
    copy: await measured(postgres, "sh", ["-c", `psql "$@" | cat > /dev/null`, "sh", ...psql, "-c", out]),
    profile: await measured(postgres, agentProgram, ours),
  }));
  const of = (key, value) => pairs.map((pair) => pair[key][value]);
  const size = rows >= 1_000_000 ? `${rows / 1_000_000} M × 16` : `${rows} × 16`;
  const [profile] = JSON.parse(pairs[0].profile.output);
  const { distinct, nulls } = await accuracy(postgres, table, profile);
  const bytes = Number(await postgres.psql(`SELECT pg_relation_size('${table}')`));
  results.push(
    { what: `${size}: bare binary COPY, the floor`, unit: "s", runs: of("copy", "wall") },
    { what: `${size}: full profile`, unit: "s", runs: of("profile", "wall"), ...(large && rows > 5_000_000 ? { limit: 35 } : {}) },
    { what: `${size}: profile / (1.5 × COPY + 1 s)`, unit: "", runs: pairs.map((pair) => pair.profile.wall / (1.5 * pair.copy.wall + 1)), limit: 1 },
    { what: `${size}: times that the table is read`, unit: "", runs: of("profile", "pages").map((count) => Math.round((count / pages) * 100) / 100), limit: 1.01 },
    { what: `${size}: statements`, unit: "", runs: of("profile", "statements") },
    { what: `${size}: memory of bastion-mcp`, unit: "MiB", runs: of("profile", "rss"), limit: 150 },
    { what: `${size}: bytes on the wire`, unit: "MiB", runs: of("profile", "wire") },
    { what: `${size}: bytes on the wire, bare COPY`, unit: "MiB", runs: of("copy", "wire") },
    { what: `${size}: CPU of the server`, unit: "s", runs: of("profile", "cpu") },
    { what: `${size}: bytes of the table`, unit: "MiB", runs: [bytes / 2 ** 20] },
    { what: `${size}: distinct values, greatest error`, unit: "%", runs: [distinct], limit: 2 },
    { what: `${size}: NULLs, greatest error`, unit: "", runs: [nulls], limit: 0 },
  );
  const over = await served(postgres.url, "profile", { tables: [`public.${table}`] });
  results.push(
    { what: `${size}: over MCP, started and fetched`, unit: "s", runs: [over.wall] },
    { what: `${size}: memory of bastion-mcp serve`, unit: "MiB", runs: [over.memory], limit: 150 },
  );
  return { wall: median(of("profile", "wall")), pages };
}

export async function profile() {
  const file = join(await folder(), "schema.sql");
  const t2 = large ? wide("t2", 10_000_000) : "";
  await writeFile(file, `${wide("t1", ROWS)}\n${t2}\n${tables("t3", MANY, EACH)}\nVACUUM ANALYZE;`);
  const settings = ["shared_preload_libraries=pg_stat_statements", "shared_buffers=2GB", "jit=off", "autovacuum=off", "max_wal_size=8GB", "pg_stat_statements.track=all", "max_locks_per_transaction=1024"];
  console.error("filling the tables");
  const postgres = await startPostgres("bench", file, settings);
  const results = [];
  try {
    await postgres.psql("CREATE EXTENSION pg_stat_statements");
    await postgres.psql("GRANT USAGE ON SCHEMA t3 TO bastion; GRANT SELECT ON ALL TABLES IN SCHEMA t3 TO bastion");
    const { wall, pages } = await one(postgres, "t1", ROWS, results);
    if (large) await one(postgres, "t2", 10_000_000, results);
    const sample = await repeat(RUNS, () => measured(postgres, agentProgram, ["profile", "--json", "--level", "sample", "--table", "public.t1", postgres.url]));
    results.push({ what: `${SIZE}: sample`, unit: "s", runs: sample.map(({ wall }) => wall) });
    const t3 = await repeat(1, () => measured(postgres, agentProgram, ["profile", "--json", "--include", "t3.*", postgres.url]));
    results.push({ what: `${MANY} × ${EACH} rows: full profile`, unit: "s", runs: t3.map(({ wall }) => wall), ...(large ? { limit: 15 } : {}) });
    if (large) {
      // In parts: one transaction cannot hold the locks of ten thousand new tables.
      await postgres.script(tables("t4", 10_000, 0));
      await postgres.psql("GRANT USAGE ON SCHEMA t4 TO bastion; GRANT SELECT ON ALL TABLES IN SCHEMA t4 TO bastion");
      for (const level of ["estimate", "full"]) {
        const t4 = await repeat(1, () => measured(postgres, agentProgram, ["profile", "--json", "--level", level, "--include", "t4.*", postgres.url]));
        results.push({ what: `10,000 empty tables: ${level}`, unit: "s", runs: t4.map(({ wall }) => wall), ...(level === "estimate" ? { limit: 3 } : {}) });
      }
    }
    const superuser = `postgresql://postgres@127.0.0.1:${postgres.port}/bench`;
    const exact = await repeat(1, () => measured(postgres, "psql", [superuser, "-X", "-q", "-c", exactSql]));
    results.push(
      { what: `${SIZE}: one exact SQL statement for all columns`, unit: "s", runs: exact.map(({ wall }) => wall) },
      { what: `${SIZE}: one exact SQL statement / bastion-mcp, at least`, unit: "×", runs: exact.map((found) => found.wall / wall), least: 3 },
    );
    const others = await eachPeer(peers, SIZE, async (name, program, args, { least, more = [] }) => {
      const found = await measured(postgres, program, [...args, superuser, "t1", ...more]);
      return [
        { what: `${SIZE}: ${name}`, unit: "s", runs: [found.wall] },
        { what: `${SIZE}: ${name}, times that the table is read`, unit: "", runs: [found.pages / pages] },
        { what: `${SIZE}: ${name}, statements`, unit: "", runs: [found.statements] },
        { what: `${SIZE}: ${name}, memory`, unit: "MiB", runs: [found.rss] },
        { what: `${SIZE}: ${name}, CPU of the server`, unit: "s", runs: [found.cpu] },
        { what: `${SIZE}: ${name}, bytes on the wire`, unit: "MiB", runs: [found.wire] },
        { what: `${SIZE}: ${name} / bastion-mcp, at least`, unit: "×", runs: [found.wall / wall], least },
      ];
    });
    results.push(...others);
    return results;
  } finally {
    await postgres.stop();
  }
}

const columns = ["id", "customer_id", "email", "status", "amount", "score", "note", "created_at", "updated_at", "day", "active", "token", "small", "big", "name", "ip"];
const exactSql = `SELECT count(*), ${columns.map((name) => `count(${name}), count(DISTINCT ${name})`).join(", ")} FROM t1`;
