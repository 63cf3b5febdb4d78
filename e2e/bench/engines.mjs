// The same from MariaDB and SQLite: a large table, and a catalog of many small ones.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sqlite } from "../support/databases.mjs";
import { agentProgram, folder } from "../support/programs.mjs";
import { startMariadb } from "./mariadb.mjs";
import { repeat, timed } from "./measured.mjs";
import { served } from "./served.mjs";
import { small } from "./workload.mjs";

const ROWS = small ? 20_000 : 1_000_000;
const TABLES = small ? 20 : 1_000;
const RUNS = small ? 1 : 5;
const size = small ? `${ROWS} × 16` : "1 M × 16";

// The wide table of the other benches, in words that both engines know; `g` is a row's number.
const columns = (concat, text, day) => `g AS id, g % 9973 AS customer_id, ${concat("'customer'", "g % 200000", "'@example.com'")} AS email,
  CASE g % 4 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' WHEN 2 THEN 'shipped' ELSE 'returned' END AS status,
  g * 7919 % 10000019 / 100.0 AS amount, g * 104729 % 1000003 / 1000003.0 AS score,
  CASE WHEN g % 10 > 0 THEN ${concat("'note '", text)} END AS note, ${day("g * 17")} AS created_at, ${day("g * 17 + g % 1000 * 60")} AS updated_at,
  g % 2000 AS day, g % 3 = 0 AS active, ${text} AS token, g % 100 AS small, g * 7919 % 1000003 AS big,
  ${concat("'Name '", "g % 5000")} AS name, ${concat("'10.'", "g % 256", "'.1.1'")} AS ip`;

const many = (more) =>
  Array.from({ length: TABLES }, (_, number) => {
    const others = Array.from({ length: 17 }, (_, i) => `c${i} ${["int", "varchar(80)", "timestamp NULL", "numeric(12,2)"][i % 4]}`);
    const parent = number === 0 ? "" : `, FOREIGN KEY (parent) REFERENCES t${number >> 1} (id)`;
    return `CREATE TABLE t${number} (id int PRIMARY KEY, parent int, code varchar(40), ${others.join(", ")}${parent})${more};
      CREATE INDEX i${number} ON t${number} (code);`;
  }).join("\n");

// Profile, catalog and memory of an agent that serves, of a database at `url` with the tables `wide` and t0, t1, …
async function measure(engine, { url, path, floor }) {
  const ours = (...args) => timed(agentProgram, [...args, url]);
  const pairs = await repeat(RUNS, async () => ({ floor: await floor(), profile: await ours("profile", "--json", "--table", `${path}.wide`) }));
  const of = (key, value) => pairs.map((pair) => pair[key][value]);
  const [profile] = JSON.parse(pairs[0].profile.output);
  if (profile.row_count !== ROWS || profile.partial || profile.columns.length !== 16) throw new Error(`${engine}: ${JSON.stringify(profile).slice(0, 400)}`);
  const catalog = await repeat(RUNS, () => ours("scan", "--include", `${path}.t*`));
  const found = JSON.parse(catalog[0].output).objects.filter(({ kind }) => kind === "table");
  if (found.length !== TABLES) throw new Error(`${engine}: ${found.length} tables were found`);
  const over = await served(url, "profile", { tables: [`${path}.wide`] });
  const sample = await repeat(RUNS, () => ours("profile", "--json", "--level", "sample", "--table", `${path}.wide`));
  return [
    { what: `${engine}, ${size}: every row by a plain client, the floor`, unit: "s", runs: of("floor", "wall") },
    { what: `${engine}, ${size}: full profile`, unit: "s", runs: of("profile", "wall") },
    { what: `${engine}, ${size}: memory of bastion-mcp`, unit: "MiB", runs: of("profile", "rss"), limit: 150 },
    ...(url.startsWith("sqlite:") ? [] : [{ what: `${engine}, ${size}: bytes on the wire`, unit: "MiB", runs: of("profile", "wire") }]),
    { what: `${engine}, ${size}: sample`, unit: "s", runs: sample.map(({ wall }) => wall) },
    { what: `${engine}, ${size}: over MCP, started and fetched`, unit: "s", runs: [over.wall] },
    { what: `${engine}, ${size}: memory of bastion-mcp serve`, unit: "MiB", runs: [over.memory], limit: 150 },
    { what: `${engine}, ${TABLES} tables: catalog, process and all`, unit: "s", runs: catalog.map(({ wall }) => wall) },
    { what: `${engine}, ${TABLES} tables: memory of bastion-mcp`, unit: "MiB", runs: catalog.map(({ rss }) => rss) },
  ];
}

async function ofMariadb() {
  const server = await startMariadb();
  try {
    console.error("filling MariaDB");
    const concat = (...parts) => `CONCAT(${parts.join(", ")})`;
    const wide = columns(concat, "MD5(g)", (seconds) => `'2024-01-01' + INTERVAL (${seconds}) SECOND`);
    await server.mariadb(`USE bench; CREATE TABLE wide AS SELECT ${wide} FROM (SELECT seq AS g FROM seq_1_to_${ROWS}) n;
      ALTER TABLE wide MODIFY id bigint NOT NULL PRIMARY KEY; ${many("")} ANALYZE TABLE wide;`);
    const [client, args] = server.client;
    const all = [...args, "--quick", "--batch", "--protocol=tcp", "--host=127.0.0.1", `--port=${server.port}`, "--execute", "SELECT * FROM bench.wide"].filter((arg) => !arg.startsWith("--socket"));
    return await measure("MariaDB", { url: server.url, path: "bench", floor: () => timed(client, all, { stdio: ["ignore", "ignore", "pipe"] }) });
  } finally {
    await server.stop();
  }
}

// What a plain client does: every row, every value.
const readAll = `
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT * FROM wide"):
    pass
`;

async function ofSqlite() {
  const file = join(await folder(), "bench.db");
  try {
    console.error("filling SQLite");
    const concat = (...parts) => parts.join(" || ");
    const wide = columns(concat, "printf('%08x%08x%08x%08x', g * 2654435761 % 4294967296, g * 40503 % 4294967296, g * 69069 % 4294967296, g)", (seconds) => `datetime('2024-01-01', (${seconds}) || ' seconds')`);
    const typed = "id INTEGER PRIMARY KEY, customer_id INT, email TEXT, status TEXT, amount REAL, score REAL, note TEXT, created_at DATETIME, updated_at DATETIME, day INT, active BOOLEAN, token TEXT, small INT, big INT, name TEXT, ip TEXT";
    await sqlite(file, `CREATE TABLE wide (${typed}); INSERT INTO wide WITH RECURSIVE n (g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < ${ROWS}) SELECT ${wide} FROM n; ${many("")} ANALYZE;`);
    return await measure("SQLite", { url: `sqlite:${file}`, path: "main", floor: () => timed("python3", ["-c", readAll, file]) });
  } finally {
    await rm(dirname(file), { recursive: true, force: true });
  }
}

export const engines = async () => [...(await ofMariadb()), ...(await ofSqlite())];
