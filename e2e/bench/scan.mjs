// PostgreSQL with 1,000 tables of 20 columns: the agent alone, and end to end through the control plane.
import { execFile } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder, startAgent, startServer } from "../support/programs.mjs";

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

async function repeat(times, work) {
  const runs = [];
  for (let i = 0; i < times; i += 1) runs.push(await work());
  return runs;
}

// An organization with one source, through the API as anybody would.
async function connect(base, agent) {
  let cookie = "";
  const call = async (method, path, body) => {
    const headers = { "content-type": "application/json", origin: base, cookie, "x-bastion-org": "bench" };
    if (path.startsWith("/api/auth") || path === "/api/orgs") delete headers["x-bastion-org"];
    const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
    const set = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
    if (set.length > 0) cookie = set.join("; ");
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  await call("POST", "/api/auth/sign-up", { email: "bench@example.com", password: "correct horse battery", name: "Bench" });
  await call("POST", "/api/orgs", { name: "bench" });
  await call("POST", "/api/org/setup", { bastion_mcp_url: agent.url, bastion_mcp_token: agent.token });
  const { items: [source] } = await call("GET", "/api/sources");
  return { call, source: source.name };
}

// One scan to its end. The steps' own times tell the catalog from the profile.
async function scanned({ call, source }) {
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
    WHERE rolname = 'bastion' AND query ~* '^${beginning}' AND query !~* '^(begin|commit|rollback|select pg_catalog.set_config)'`);
  await postgres.psql("SELECT pg_stat_statements_reset()");
  return Number(sent);
}

async function stored(data) {
  const sizes = await Promise.all(["bastion.db", "bastion.db-wal"].map((name) => stat(join(data, name)).catch(() => ({ size: 0 }))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

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
    const server = await startServer();
    programs.push(server);
    const connection = await connect(server.base, agent);
    const first = await scanned(connection);
    const before = await stored(server.data);
    const again = await repeat(RUNS, () => scanned(connection));
    const grown = (await stored(server.data)) - before;
    const step = (found, kind) => found.steps.find((one) => one.kind === kind);
    const kinds = first.steps.map((one) => one.kind);
    return [
      { what: "bastion-mcp scan, process and all", unit: "s", runs: catalog, limit: 3 },
      { what: "statements of a scan: catalog, posture, identity, fingerprint", unit: "", runs: [read.scan], limit: 15 + 4 },
      { what: "bastion-mcp profile, process and all", unit: "s", runs: profile },
      { what: "statements of a profile that read a table", unit: "", runs: [read.copies], limit: TABLES },
      { what: "first scan, end to end", unit: "s", runs: [took(first)] },
      { what: "unchanged rescan, end to end with profile", unit: "s", runs: again.map(took) },
      ...kinds.map((kind) => ({ what: `unchanged rescan: ${kind}`, unit: "s", runs: again.map((found) => took(step(found, kind))) })),
      { what: "database file growth for each rescan, with statistics", unit: "KiB", runs: [grown / 1024 / RUNS] },
    ];
  } finally {
    for (const program of programs.reverse()) await program.stop();
    await postgres.stop();
  }
}
