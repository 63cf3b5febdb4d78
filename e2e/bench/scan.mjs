// PostgreSQL with 1,000 tables of 20 columns: the agent alone, and end to end through the control plane.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder, startAgent, startServer } from "../support/programs.mjs";
import { repeat } from "./measured.mjs";

const TABLES = 1000;
const COLUMNS = 20;
const ROWS = 10;
const RUNS = 5;
const run = promisify(execFile);

function schema() {
  const types = ["integer", "bigint", "text", "numeric(12,2)", "timestamptz", "boolean", "date", "uuid", "varchar(80)"];
  const lines = [];
  for (let table = 0; table < TABLES; table += 1) {
    const columns = Array.from({ length: COLUMNS - 2 }, (_, i) => `c${i} ${types[i % types.length]}`);
    const parent = table === 0 ? "" : ` REFERENCES t${table >> 1}`;
    lines.push(`CREATE TABLE t${table} (id integer PRIMARY KEY, parent integer${parent}, ${columns.join(", ")});`);
    lines.push(`INSERT INTO t${table} (id, c2, c4) SELECT i, 'text ' || i, now() FROM generate_series(1, ${ROWS}) i;`);
  }
  lines.push("ANALYZE;");
  return lines.join("\n");
}

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

// An organization of that name with one source, through the API as anybody would.
export async function connect(base, agent, organization) {
  let cookie = "";
  const call = async (method, path, body) => {
    const headers = { "content-type": "application/json", origin: base, cookie, "x-bastion-org": organization };
    if (path.startsWith("/api/auth") || path === "/api/orgs") delete headers["x-bastion-org"];
    const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
    const set = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
    if (set.length > 0) cookie = set.join("; ");
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  await call("POST", "/api/auth/sign-up", { email: `${organization}@example.com`, password: "correct horse battery", name: "Bench" });
  await call("POST", "/api/orgs", { name: organization });
  await call("POST", "/api/org/setup", { bastion_mcp_url: agent.url, bastion_mcp_token: agent.token });
  const { items: [source] } = await call("GET", "/api/sources");
  return { call, source: source.name };
}

// One scan to its end. The steps' own times tell the catalog from the profile.
export async function scanned({ call, source }) {
  const { run_id: id } = await call("POST", "/api/scan/run", { source });
  for (;;) {
    const found = await call("GET", `/api/scan/runs/${id}`);
    if (["failed", "cancelled"].includes(found.state)) throw new Error(`the scan failed: ${JSON.stringify(found.error)}`);
    if (found.state === "succeeded") return found;
    await new Promise((done) => setTimeout(done, 50));
  }
}

const took = ({ started_at: from, finished_at: to }) => (Date.parse(to) - Date.parse(from)) / 1000;

// How many statements with this beginning the agent has sent since it was last asked, by the server's own count;
// transaction control and settings apart.
async function statements(postgres, beginning) {
  const sent = await postgres.psql(`SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
    WHERE rolname = 'bastion' AND query ~* '^${beginning}' AND query !~* '^(begin|commit|rollback|set transaction|select pg_catalog.(set_config|pg_export_snapshot))'`);
  await postgres.psql("SELECT pg_stat_statements_reset()");
  return Number(sent);
}

// Of what a scan found; the rest of an unchanged scan is the record that it ran.
const HISTORY = ["schema_object", "schema_version", "table_stats", "column_stats", "source_score", "drift", "anomaly", "detection", "incident"];

// The bytes of all rows and index entries, and those of the history among them.
export async function stored(data) {
  const program = `import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("""SELECT schema.tbl_name, sum(payload) FROM dbstat
  JOIN sqlite_master AS schema ON schema.name = dbstat.name GROUP BY 1""")
print(json.dumps(dict(rows.fetchall())))`;
  const { stdout } = await run("python3", ["-c", program, join(data, "bastion.db")]);
  const tables = JSON.parse(stdout);
  const of = (names) => names.reduce((sum, name) => sum + (tables[name] ?? 0), 0);
  return { history: of(HISTORY), all: of(Object.keys(tables)), of };
}

// How long transactions held the write lock, in milliseconds, by what the server wrote of each to its log.
const held = (said) => [...said.matchAll(/"held_ms":(\d+)/g)].map(([, milliseconds]) => Number(milliseconds));

export async function scan() {
  const file = join(await folder(), "schema.sql");
  await writeFile(file, schema());
  const postgres = await startPostgres("bench", file, ["shared_preload_libraries=pg_stat_statements"]);
  const programs = [];
  try {
    const alone = (...args) => seconds(() => run(agentProgram, [...args, postgres.url], { maxBuffer: 1 << 28 }));
    await postgres.psql("CREATE EXTENSION pg_stat_statements");
    await alone("scan");
    const read = { scan: await statements(postgres, "") };
    await alone("profile", "--json");
    read.copies = await statements(postgres, "copy");
    const catalog = await repeat(RUNS, () => alone("scan"));
    const profile = await repeat(3, () => alone("profile", "--json"));
    const agent = await startAgent({ bench: postgres.url });
    programs.push(agent);
    const server = await startServer({ BASTION_LOG: "warn,store::transaction=trace", BASTION_LOG_FORMAT: "json" });
    programs.push(server);
    const firsts = [];
    let connection;
    for (const organization of ["bench", "bench-again", "bench-once-more"]) {
      connection = await connect(server.base, agent, organization);
      firsts.push(await scanned(connection));
    }
    // The second knows the first's fingerprints; those after it are all alike.
    await scanned(connection);
    const before = await stored(server.data);
    const again = await repeat(RUNS, () => scanned(connection));
    const after = await stored(server.data);
    const grown = (part) => (after[part] - before[part]) / 1024 / RUNS;
    const times = held(server.program.said);
    if (times.length < 100) throw new Error(`the server told of ${times.length} transactions only`);
    const longest = Math.max(...times);
    const step = (found, kind) => found.steps.find((one) => one.kind === kind);
    const kinds = firsts[0].steps.map((one) => one.kind);
    return [
      { what: "bastion-mcp scan, process and all", unit: "s", runs: catalog, limit: 3 },
      { what: "statements of a scan: catalog, identity, fingerprint and the role's posture", unit: "", runs: [read.scan], limit: 15 },
      { what: "bastion-mcp profile, process and all", unit: "s", runs: profile },
      { what: "statements of a profile that read a table", unit: "", runs: [read.copies], limit: TABLES },
      { what: "first scan: catalog, end to end into the store", unit: "s", runs: firsts.map((found) => took(step(found, "schema_scan"))), limit: 3 },
      { what: "first scan with profile, end to end", unit: "s", runs: firsts.map(took) },
      { what: "unchanged rescan, end to end with profile", unit: "s", runs: again.map(took), limit: 0.5 },
      ...kinds.map((kind) => ({ what: `unchanged rescan: ${kind}`, unit: "s", runs: again.map((found) => took(step(found, kind))) })),
      { what: "history that an unchanged rescan stores", unit: "KiB", runs: [grown("history")], limit: 1 },
      { what: "all that it stores: history, the run with its steps, activity, audit", unit: "KiB", runs: [grown("all")], limit: 1 },
      { what: "the longest that a transaction of these scans held the write lock", unit: "ms", runs: [longest], limit: 50 },
    ];
  } finally {
    for (const program of programs.reverse()) await program.stop();
    await postgres.stop();
  }
}
