// Databases of the journeys: a PostgreSQL server of their own, and SQLite files.
import { execFile, execFileSync, spawn } from "node:child_process";
import { chown, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { agentProgram, folder, freePort, orElse } from "./programs.mjs";
import { python } from "./python.mjs";

const run = promisify(execFile);
const fixtures = resolve(import.meta.dirname, "../../crates/scan/tests/fixtures");
export const pagila = join(fixtures, "pagila/schema.sql");
const pagilaData = join(fixtures, "pagila/data.sql.gz");
export const chinook = join(fixtures, "chinook/sqlite.sql");

export async function postgresPrograms() {
  const installed = await readdir("/usr/lib/postgresql").catch(() => []);
  const newest = installed.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`);
  const found = [...newest, ...(process.env.PATH ?? "").split(":")].find((path) => existsSync(join(path, "initdb")));
  if (!found) throw new Error("PostgreSQL's programs are missing: install the package postgresql");
  return found;
}

// PostgreSQL refuses to run as root: then it runs as the user that its package made.
export function user() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

// A server on loopback with one database, `name`, owned by the superuser; `extra` are settings of that server.
export async function startPostgres(name, schemaFile, extra = []) {
  const [programs, home, port, as] = [await postgresPrograms(), await folder(), await freePort(), user()];
  const data = join(home, "data");
  await mkdir(data);
  if (as.uid !== undefined) for (const path of [home, data]) await chown(path, as.uid, as.gid);
  const options = { ...as, cwd: home };
  await run(join(programs, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], options);
  const settings = ["-F", "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${home}`, ...extra.flatMap((setting) => ["-c", setting])];
  let server, ended;
  const spawned = () => {
    server = spawn(join(programs, "postgres"), ["-D", data, ...settings], { ...options, stdio: "ignore" });
    ended = new Promise((done) => server.once("exit", done));
  };
  const end = async (signal) => {
    server.kill(signal);
    await ended;
  };
  const stop = async () => {
    await end("SIGINT");
    await rm(home, { recursive: true, force: true });
  };
  spawned();
  const psql = async (sql, database = name) => {
    const target = ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-d", database];
    const { stdout } = await run(join(programs, "psql"), [...target, "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    return stdout.trim();
  };
  const listening = async () => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await psql("SELECT 1", "postgres");
      } catch (error) {
        if (attempt === 100) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  };
  const target = ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-d", name];
  await orElse(stop, async () => {
    await listening();
    await psql(`CREATE DATABASE ${name}`, "postgres");
    await run(join(programs, "psql"), [...target, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", schemaFile], { maxBuffer: 1 << 24 });
    // The role that the product itself prints: that it suffices is part of the journey.
    const { stdout: role } = await run(agentProgram, ["setup-sql", "postgres"]);
    await psql(role);
  });
  // As a file would be run: dumps bring their data inside.
  const script = async (text) => {
    const child = execFile(join(programs, "psql"), [...target, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
    let said = "";
    child.stderr.on("data", (data) => (said += data));
    child.stdout.resume();
    child.stdin.end(text);
    const code = await new Promise((done) => child.once("exit", done));
    if (code !== 0) throw new Error(`psql failed: ${said}`);
  };
  return {
    psql,
    script,
    url: `postgres://bastion:change-me@127.0.0.1:${port}/${name}`,
    port,
    // Gone in the middle of whatever it did, as after a power cut.
    vanish: () => end("SIGQUIT"),
    async comeBack() {
      spawned();
      await listening();
    },
    stop,
  };
}

// Pagila, with its 46,000 lines of data.
export async function startPagila() {
  const server = await startPostgres("pagila", pagila);
  await orElse(server.stop, async () => server.script(gunzipSync(await readFile(pagilaData))));
  return server;
}

const execute = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.executescript(sys.stdin.read())
`;

// Runs a script against a SQLite file, which is made where it is missing.
export async function sqlite(file, script) {
  const child = execFile(python(), ["-c", execute, file]);
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  child.stdin.end(script);
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`the script failed on ${file}: ${said}`);
}

export async function chinookFile() {
  const file = join(await folder(), "chinook.db");
  await sqlite(file, await readFile(chinook, "utf8"));
  return { file, url: `sqlite:${file}`, remove: () => rm(dirname(file), { recursive: true, force: true }) };
}
