// Ninety days of statistics of a source, made by statements: as scans a day apart would have written them.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const DAY = 86_400_000;

// What a day found, of column `c` of table `t` on day `d`: most columns have no NULL, some have a few that vary a little,
// and now and then one jumps. Seeded by its numbers, so that every run measures the same.
const value = (d) => `(CASE WHEN (t * 31 + c * 17) % 10 < 7 THEN 0.0 ELSE (t * 7 + c * 3) % 40 + ((t * 7919 + c * 104729 + (${d}) * 31) % 100) / 200.0 END
  + CASE WHEN (t * 20 + c + (${d}) * 2011) % 5000 = 0 THEN 30.0 ELSE 0.0 END)`;
const path = "table_path";
const health = `CASE WHEN (t * 13 + c * 7) % 200 = 0 THEN 'critical' WHEN (t * 13 + c * 7) % 40 = 0 THEN 'warning' ELSE 'healthy' END`;
const reason = `CASE WHEN (t * 13 + c * 7) % 40 = 0 THEN '[{"code":"null_jump","points":20.0,"reason":"12.0 % NULL after 2.0 %"}]' ELSE '[]' END`;

// One statement for each table of statistics and each day; `json` wraps a text, `at` is the day's time.
function statements({ org, source, json, at, run: id, from, day }) {
  return [
    `INSERT INTO column_stats (org_id, source_id, table_path, column_name, recorded_at, run_id, data_type, row_count, null_percent,
       uniqueness_percent, distinct_count, min, max, latest_value_at, method, error_bound, health, score, deductions, previous_null_percent)
     SELECT ${org}, ${source}, ${path}, column_name, ${at}, ${id}, CASE c % 3 WHEN 0 THEN 'bigint' WHEN 1 THEN 'text' ELSE 'timestamp with time zone' END,
       1000 + t * 10 + ${day}, ${value(day)}, CASE WHEN c = 0 THEN 100.0 ELSE (t * 11 + c * 5) % 100 END, 500 + (t + c) % 500,
       CASE WHEN c % 3 = 0 THEN ${json("'1'")} END, CASE WHEN c % 3 = 0 THEN ${json("'100000'")} END, NULL, 'exact', NULL,
       ${health}, 100.0 - (t + c) % 30, ${json(reason)}, ${value(`${day} - 1`)} FROM ${from} ORDER BY t, c`,
    `INSERT INTO table_stats (org_id, source_id, table_path, recorded_at, run_id, row_count, row_count_method, bytes, latest_value_at,
       timestamp_column, last_write_at, freshness_seconds, health, score, deductions)
     SELECT ${org}, ${source}, ${path}, ${at}, ${id}, 1000 + t * 10 + ${day}, 'exact', 8192, ${at} - (t % 5000) * 60000, 'c2', NULL, (t % 5000) * 60,
       'healthy', 95.0, ${json("'[]'")} FROM ${from} WHERE c = 0 ORDER BY t`,
  ];
}

const score = ({ org, source, json, at, tables, columns }) =>
  `INSERT INTO source_score (org_id, source_id, recorded_at, score, tables, columns, freshness_mean_seconds, null_distribution, breaking)
   VALUES (${org}, ${source}, ${at}, 95.0, ${tables}, ${tables * columns}, 3600.0, ${json("'[]'")}, 0)`;

// Rows go in without keys and indexes, which are built afterwards as they were: in a minute instead of an hour.
const onSqlite = `
import re, sqlite3, sys, json
file, tables, columns, days, text = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), json.load(sys.stdin)
database = sqlite3.connect(file, isolation_level=None)
for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "temp_store = FILE", "foreign_keys = OFF"):
    database.execute("PRAGMA " + pragma).fetchall()
names = ("column_stats", "table_stats")
database.execute("BEGIN")
indexes = []
for name in names:
    (made,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    indexes += [sql for (sql,) in database.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (name,))]
    key = re.search(r'(CONSTRAINT "[^"]*" )?PRIMARY KEY \\(([^)]*)\\),?', made)
    indexes.append(f'CREATE UNIQUE INDEX "{name}_bench_key" ON "{name}" ({key.group(2)})')
    database.execute(f'DROP TABLE "{name}"')
    database.execute(re.sub(r',\\s*\\)$', ')', made.replace(key.group(0), '')))
database.execute("CREATE TEMP TABLE column_of (t INTEGER, c INTEGER, table_path TEXT, column_name TEXT)")
database.execute("""INSERT INTO column_of WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
  SELECT i / ?, i % ?, printf('public.table_%06d', i / ?), printf('column_%02d', i % ?) FROM n""", (tables * columns, columns, columns, columns, columns))
rows = 0
for sql in text:
    rows += max(database.execute(sql).rowcount, 0)
for sql in indexes:
    database.execute(sql)
database.execute("COMMIT")
database.execute("PRAGMA journal_mode = WAL").fetchall()
print(rows)
`;

async function fillSqlite(plane, { tables, columns, days }) {
  const file = join(plane.server.data, "bastion.db");
  const [org, source] = (await plane.query("SELECT hex(org_id), hex(id) FROM source")).split("|").map((hex) => `X'${hex}'`);
  const texts = all({ org, source, run: `X'${"00".repeat(16)}'`, json: (text) => text, from: "temp.column_of", tables, columns, days });
  const child = execFile("python3", ["-c", onSqlite, file, tables, columns, days].map(String), { maxBuffer: 1 << 26 });
  let [said, printed] = ["", ""];
  child.stderr.on("data", (data) => (said += data));
  child.stdout.on("data", (data) => (printed += data));
  child.stdin.end(JSON.stringify(texts));
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`the statistics could not be written: ${said}`);
  return Number(printed);
}

async function fillPostgres(plane, { tables, columns, days }) {
  const one = (sql) => plane.postgres.psql(`SET search_path TO pooled, platform; ${sql}`);
  const [org, source] = (await one("SELECT org_id, id FROM source")).split("|").map((id) => `'${id}'::uuid`);
  const indexes = (await one(`SELECT replace(indexdef, chr(10), ' ') FROM pg_indexes WHERE schemaname = 'pooled'
    AND tablename IN ('column_stats', 'table_stats') AND indexname NOT LIKE '%_pkey'`)).split("\n");
  const keys = (await one(`SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE contype = 'p' AND conrelid IN ('column_stats'::regclass, 'table_stats'::regclass)`)).split("\n");
  const constraints = (await one(`SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
    WHERE contype IN ('p', 'f') AND conrelid IN ('column_stats'::regclass, 'table_stats'::regclass)`)).split("\n");
  const names = indexes.map((sql) => `DROP INDEX ${/INDEX (\S+) ON/.exec(sql)[1]}`);
  await one([...names, ...constraints].join("; "));
  await one(`CREATE TABLE public.column_of AS SELECT i / ${columns} AS t, i % ${columns} AS c,
    'public.table_' || lpad((i / ${columns})::text, 6, '0') AS table_path, 'column_' || lpad((i % ${columns})::text, 2, '0') AS column_name
    FROM generate_series(0, ${tables * columns - 1}) i`);
  const id = "'00000000-0000-0000-0000-000000000000'::uuid";
  const texts = all({ org, source, run: id, json: (text) => `(${text})::jsonb`, from: "public.column_of", tables, columns, days });
  for (const sql of texts) await one(sql);
  for (const sql of [...keys, ...indexes]) await one(`SET maintenance_work_mem = '512MB'; ${sql}`);
  await one("DROP TABLE public.column_of");
  await plane.postgres.psql("VACUUM ANALYZE pooled.column_stats; ");
  await plane.postgres.psql("VACUUM ANALYZE pooled.table_stats");
  return Number(await one("SELECT count(*) FROM column_stats"));
}

// Every statement, day by day; the last makes the last day's rows the newest.
function all(what) {
  const { tables, columns, days, org, source } = what;
  const now = Date.now();
  const texts = [`DELETE FROM column_stats WHERE org_id = ${org}`, `DELETE FROM table_stats WHERE org_id = ${org}`, `DELETE FROM source_score WHERE org_id = ${org}`];
  for (let day = 1; day <= days; day += 1) {
    const at = now - (days - day) * DAY;
    texts.push(...statements({ ...what, at, day }), score({ ...what, at, tables, columns }));
  }
  texts.push(`UPDATE source SET profiled_at = ${now}, last_scan_at = ${now} WHERE org_id = ${org} AND id = ${source}`);
  return texts;
}

export async function fill(plane, size) {
  return plane.postgres ? fillPostgres(plane, size) : fillSqlite(plane, size);
}
