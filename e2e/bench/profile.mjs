// Profiles of large and of many tables: bastion-mcp beside a bare COPY, exact SQL, and what others use for the same.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder } from "../support/programs.mjs";

const run = promisify(execFile);
const RUNS = 5;
const large = process.env.BASTION_BENCH_LARGE === "1";
// Such as `soda,great_expectations`; all when it is not set, none when it is empty.
const only = process.env.BASTION_BENCH_PEERS?.split(",");
const TICKS = 100;

// 16 columns of all kinds: keys, texts of few and of many values, numbers, times, NULLs.
const wide = (name, rows) => `
CREATE TABLE ${name} AS SELECT g AS id, g % 9973 AS customer_id, 'customer' || g % 200000 || '@example.com' AS email,
  (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + g % 4] AS status, (g::bigint * 7919 % 10000019)::int / 100.0::numeric AS amount,
  (g::bigint * 104729 % 1000003) / 1000003.0::float8 AS score, CASE WHEN g % 10 > 0 THEN 'note ' || md5(g::text) END AS note,
  timestamptz '2024-01-01' + g * interval '17 seconds' AS created_at,
  timestamptz '2024-01-01' + g * interval '17 seconds' + g % 1000 * interval '1 minute' AS updated_at,
  date '2020-01-01' + g % 2000 AS day, g % 3 = 0 AS active, md5(g::text)::uuid AS token, (g % 100)::smallint AS small,
  g::bigint * 7919 % 1000003 AS big, ('Name ' || g % 5000)::varchar(40) AS name,
  '10.' || g % 256 || '.' || g / 256 % 256 || '.1' AS ip
  FROM generate_series(1, ${rows}) g;
ALTER TABLE ${name} ADD PRIMARY KEY (id);`;

const tables = (schema, count, rows) =>
  `CREATE SCHEMA ${schema};\n` +
  Array.from({ length: count }, (_, number) => {
    const columns = Array.from({ length: 17 }, (_, i) => `c${i} ${["int", "text", "timestamptz", "numeric(12,2)"][i % 4]}`);
    const parent = number === 0 ? "" : ` REFERENCES ${schema}.t${number >> 1}`;
    const name = `${schema}.t${number}`;
    const create = `CREATE TABLE ${name} (id int PRIMARY KEY, parent int${parent}, code text, ${columns.join(", ")});`;
    const rest = rows > 0
      ? `INSERT INTO ${name} (id, code, c0, c1, c2, c3) SELECT g, 'code ' || g % 100, g % 7, 'text ' || g, now() - g * interval '1 minute', g / 7.0 FROM generate_series(1, ${rows}) g;`
      : `CREATE INDEX ON ${name} (code); CREATE INDEX ON ${name} (c2); COMMENT ON TABLE ${name} IS 'table ${number}';`;
    return `${create}\n${rest}`;
  }).join("\n");

// The fields of /proc/PID/stat behind the name, which may hold blanks.
const stat = async (pid) => (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");

// The server's first process: the parent of any other.
async function postmaster(postgres) {
  const child = await postgres.psql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
  return (await stat(child))[1];
}

// CPU seconds of all backends that have ended, by their parent's account.
async function serverCpu(postgres) {
  const fields = await stat(await postmaster(postgres));
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

// Runs a program and notes time, the most memory it held, and what the server did for it.
async function measured(postgres, command, args, options = {}) {
  await postgres.psql("SELECT pg_stat_statements_reset()");
  const [blocks, cpu] = [await read(postgres), await serverCpu(postgres)];
  const start = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let [output, said, rss] = ["", "", 0];
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (said = (said + data).slice(-4000)));
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    rss = Math.max(rss, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 20);
  const code = await new Promise((done) => child.once("close", done));
  clearInterval(watch);
  const wall = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  // Backends report what they read when they end.
  await new Promise((done) => setTimeout(done, 300));
  return {
    wall,
    output,
    rss: rss / 1024,
    cpu: (await serverCpu(postgres)) - cpu,
    pages: (await read(postgres)) - blocks,
    statements: Number(await postgres.psql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' AND query !~* '^(begin|commit|rollback|set|show)'")),
  };
}

const read = async (postgres) =>
  Number(await postgres.psql("SELECT coalesce(sum(heap_blks_read + heap_blks_hit), 0) FROM pg_statio_user_tables"));

async function repeat(times, work) {
  const runs = [];
  for (let i = 0; i < times; i += 1) runs.push(await work());
  return runs;
}

// The distinct values of each column, by exact SQL, and how far ours are off.
async function accuracy(postgres, table, profile) {
  const names = profile.columns.map(({ column }) => column);
  const counts = names.flatMap((name) => [`count(DISTINCT "${name}")`, `count(*) - count("${name}")`]);
  const truth = (await postgres.psql(`SELECT concat_ws(',', ${counts.join(", ")}) FROM ${table}`)).split(",").map(Number);
  const off = profile.columns.map(({ distinct_count: found }, i) => Math.abs(found / truth[2 * i] - 1) * 100);
  const nulls = profile.columns.map(({ null_count: found }, i) => Math.abs(found - truth[2 * i + 1]));
  return { distinct: Math.max(...off), nulls: Math.max(...nulls) };
}

// What others measure of a table, each in a virtual environment of its own.
const peers = {
  "Soda 3, profile columns": { packages: ["soda-core-postgres==3.5.6"], script: "soda.py" },
  "Great Expectations, metrics": { packages: ["great-expectations[postgresql]==1.24.1"], script: "great_expectations.py" },
  "DataHub, profiling": { packages: ["acryl-datahub[postgres]==1.7.0.17"], script: "datahub.py" },
  "ydata-profiling, minimal": { packages: ["ydata-profiling==4.18.4", "sqlalchemy", "psycopg2-binary"], script: "ydata.py" },
};

async function peer(name, { packages, script }) {
  const target = process.env.BASTION_TARGET ?? resolve(import.meta.dirname, "../../target");
  const home = join(target, "bench-peers", script.replace(".py", ""));
  const python = join(home, "bin/python");
  if (!existsSync(join(home, "installed"))) {
    console.error(`installing ${packages.join(" ")}`);
    await mkdir(home, { recursive: true });
    await run("python3", ["-m", "venv", home]);
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    await run(python, install, { timeout: 600_000, maxBuffer: 1 << 26 });
    await writeFile(join(home, "installed"), packages.join("\n"));
  }
  return { python, script: resolve(import.meta.dirname, "peers", script) };
}

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
    { what: `${size}: CPU of the server`, unit: "s", runs: of("profile", "cpu") },
    { what: `${size}: bytes of the table`, unit: "MiB", runs: [bytes / 2 ** 20] },
    { what: `${size}: distinct values, greatest error`, unit: "%", runs: [distinct], limit: 2 },
    { what: `${size}: NULLs, greatest error`, unit: "", runs: [nulls], limit: 0 },
  );
  return { fastest: Math.min(...of("profile", "wall")), pages };
}

export async function profile() {
  const file = join(await folder(), "schema.sql");
  const t2 = large ? wide("t2", 10_000_000) : "";
  await writeFile(file, `${wide("t1", 1_000_000)}\n${t2}\n${tables("t3", large ? 200 : 40, 50_000)}\nVACUUM ANALYZE;`);
  const settings = ["shared_preload_libraries=pg_stat_statements", "shared_buffers=2GB", "jit=off", "autovacuum=off", "max_wal_size=8GB", "pg_stat_statements.track=all", "max_locks_per_transaction=1024"];
  console.error("filling the tables");
  const postgres = await startPostgres("bench", file, settings);
  const results = [];
  try {
    await postgres.psql("CREATE EXTENSION pg_stat_statements");
    await postgres.psql("GRANT USAGE ON SCHEMA t3 TO bastion; GRANT SELECT ON ALL TABLES IN SCHEMA t3 TO bastion");
    const { fastest, pages } = await one(postgres, "t1", 1_000_000, results);
    if (large) await one(postgres, "t2", 10_000_000, results);
    const sample = await repeat(RUNS, () => measured(postgres, agentProgram, ["profile", "--json", "--level", "sample", "--table", "public.t1", postgres.url]));
    results.push({ what: "1 M × 16: sample", unit: "s", runs: sample.map(({ wall }) => wall) });
    const t3 = await repeat(1, () => measured(postgres, agentProgram, ["profile", "--json", "--include", "t3.*", postgres.url]));
    results.push({ what: `${large ? 200 : 40} × 50,000 rows: full profile`, unit: "s", runs: t3.map(({ wall }) => wall), ...(large ? { limit: 15 } : {}) });
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
    results.push({ what: "1 M × 16: one exact SQL statement for all columns", unit: "s", runs: exact.map(({ wall }) => wall) });
    const asked = Object.entries(peers).filter(([, { script }]) => !only || only.includes(script.replace(".py", "")));
    for (const [name, program] of asked) {
      try {
        const { python, script } = await peer(name, program);
        console.error(`measuring ${name}`);
        const found = await measured(postgres, python, [script, superuser, "t1"]);
        results.push(
          { what: `1 M × 16: ${name}`, unit: "s", runs: [found.wall] },
          { what: `1 M × 16: ${name}, times that the table is read`, unit: "", runs: [found.pages / pages] },
          { what: `1 M × 16: ${name}, memory`, unit: "MiB", runs: [found.rss] },
          // Three times as fast as the fastest of them.
          { what: `1 M × 16: ${name} / bastion-mcp, at least`, unit: "×", runs: [found.wall / fastest], least: 3 },
        );
      } catch (error) {
        console.error(`${name} could not be measured here: ${String(error.message ?? error).slice(-600)}`);
        results.push({ what: `1 M × 16: ${name}: could not be measured here`, unit: "", runs: [0] });
      }
    }
    return results;
  } finally {
    await postgres.stop();
  }
}

const columns = ["id", "customer_id", "email", "status", "amount", "score", "note", "created_at", "updated_at", "day", "active", "token", "small", "big", "name", "ip"];
const exactSql = `SELECT count(*), ${columns.map((name) => `count(${name}), count(DISTINCT ${name})`).join(", ")} FROM t1`;
