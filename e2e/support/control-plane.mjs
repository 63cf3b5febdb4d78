// `bastion serve` whose database outlives it: killed and started again, and looked into from outside.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { sqlite, startPostgres } from "./databases.mjs";
import { bastion, orElse, startServer } from "./programs.mjs";
import { printed } from "./python.mjs";

const run = promisify(execFile);

const select = `
import sqlite3, sys
with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as database:
    for row in database.execute(sys.argv[2]):
        print("|".join(str(field) for field in row))
`;

const dump = `
import hashlib, sqlite3, sys
with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as database:
    print(hashlib.sha256("\\n".join(database.iterdump()).encode()).hexdigest())
`;

// A job that failed and is to be tried again is, at once: the seconds until then pass here.
const RETRY = "UPDATE job SET run_at = 1 WHERE state = 'queued' AND attempts > 0";

class ControlPlane {
  constructor(env) {
    this.env = env;
  }

  // `within`: the most bytes of a file.
  async start({ within } = {}) {
    this.server = await startServer(this.env, { ...this.server, ui: "off", within });
    return this.server;
  }

  // Ends it in the middle of whatever it does.
  async kill() {
    await this.server.program.stop("SIGKILL");
  }

  async restart() {
    await this.kill();
    await this.outlive();
    return this.start();
  }

  async stop() {
    await this.server?.stop();
  }
}

class Embedded extends ControlPlane {
  // The one server of an embedded database takes its jobs back by itself.
  async outlive() {}

  query(sql) {
    return printed(select, join(this.server.data, "bastion.db"), sql);
  }

  hurry() {
    return sqlite(join(this.server.data, "bastion.db"), RETRY);
  }

  // A hash of every row and every table's definition.
  content() {
    return printed(dump, join(this.server.data, "bastion.db"));
  }
}

class OnPostgres extends ControlPlane {
  constructor(env, postgres) {
    super(env);
    this.postgres = postgres;
  }

  // Other servers wait until a lease of a minute ends: that minute passes here.
  async outlive() {
    await this.postgres.psql("UPDATE platform.job SET lease_until = 1 WHERE state = 'leased'");
  }

  query(sql) {
    return this.postgres.psql(`SET search_path TO pooled, platform, public; ${sql}`);
  }

  hurry() {
    return this.query(RETRY);
  }

  // A job that is done is gone. Called before the first start, this keeps it in `every_job`, as it was when it was done.
  async keepJobs() {
    await run(bastion, ["migrate", "up"], { env: { ...process.env, ...this.env } });
    await this.query(`
      CREATE TABLE public.done_job (LIKE job);
      CREATE FUNCTION public.keep_job() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN INSERT INTO public.done_job SELECT OLD.*; RETURN OLD; END $$;
      CREATE TRIGGER keep_job AFTER DELETE ON job FOR EACH ROW EXECUTE FUNCTION public.keep_job();
      CREATE VIEW public.every_job AS SELECT * FROM job UNION ALL SELECT * FROM public.done_job`);
  }

  async stop() {
    await super.stop();
    await this.postgres.stop();
  }
}

export const embedded = async () => new Embedded({});

// With the roles that `bastion migrate roles` prints, so that row-level security holds.
export async function onPostgres() {
  const postgres = await startPostgres("control", "/dev/null");
  const url = (role) => `postgres://${role}@127.0.0.1:${postgres.port}/control`;
  const env = {
    BASTION_DATABASE_URL: url("bastion_runtime"),
    BASTION_DATABASE_OWNER_URL: url("bastion_owner"),
    BASTION_MASTER_KEY: randomBytes(32).toString("base64"),
  };
  await orElse(postgres.stop, async () => {
    const { stdout } = await run(bastion, ["migrate", "roles"], { env: { ...process.env, ...env } });
    await postgres.psql(stdout);
  });
  return new OnPostgres(env, postgres);
}

// What must be there once, or not at all, however often a server was killed: `name` → what is wrong with it.
export async function damage(plane) {
  const twice = (table, of) =>
    `SELECT count(*) FROM (SELECT 1 FROM ${table} GROUP BY ${of} HAVING count(*) > 1) AS twice`;
  const rules = {
    "staged objects": "SELECT count(*) FROM staged_object",
    "staged profiles": "SELECT count(*) FROM staged_profile",
    "statistics of a column twice in a run": twice("column_stats", "run_id, table_path, column_name"),
    "statistics of a table twice in a run": twice("table_stats", "run_id, table_path"),
    "two versions of a run": twice("schema_version", "run_id"),
    "two drift events of a run": twice("drift", "run_id"),
    "scores without a run, or runs without a score":
      "SELECT (SELECT count(*) FROM source_score) - (SELECT count(*) FROM run WHERE state = 'succeeded')",
    "jobs of scans that are not done": "SELECT count(*) FROM job WHERE kind = 'scan.step'",
    "steps that have not ended": "SELECT count(*) FROM run_step WHERE state IN ('queued', 'running')",
  };
  // One statement: starting a client for each would take longer than the scans do.
  const counts = (await plane.query(`SELECT ${Object.values(rules).map((sql) => `(${sql})`).join(", ")}`)).split("|");
  const names = Object.keys(rules);
  return Object.fromEntries(names.map((name, at) => [name, counts[at]]).filter(([, count]) => count !== "0"));
}
