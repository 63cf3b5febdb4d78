// What others at a database notice of a profile at the default throttle: pgbench's slowest hundredth, with and without.
import { spawn } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder } from "../support/programs.mjs";
import { repeat } from "./measured.mjs";
import { small, wide } from "./workload.mjs";

const RUNS = small ? 1 : 5;
const SECONDS = small ? 2 : 20;
const ROWS = small ? 20_000 : 1_000_000;
// Transactions a second that the two cores carry easily; and as many as they can.
const LOADS = { "at 300 transactions a second": ["--rate=300"], "as fast as it goes": [] };

async function pgbench(postgres, args) {
  const home = await folder();
  const target = ["-h", "127.0.0.1", "-p", String(postgres.port), "-U", "postgres", "bench"];
  const child = spawn("pgbench", ["--no-vacuum", ...args, ...target], { cwd: home, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => (said = (said + data).slice(-2000)));
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`pgbench ended with ${code}: ${said}`);
  const logs = (await readdir(home)).filter((name) => name.startsWith("pgbench_log"));
  const lines = await Promise.all(logs.map((name) => readFile(join(home, name), "utf8")));
  await rm(home, { recursive: true });
  // Client, transaction, microseconds, …
  const times = lines.flatMap((text) => text.trim().split("\n").map((line) => Number(line.split(" ")[2])));
  return times.sort((a, b) => a - b);
}

const slowest = (times) => times[Math.floor(times.length * 0.99)] / 1000;

// A profile after the other, until it is stopped.
function profiling(postgres) {
  let [child, over] = [undefined, false];
  const going = (async () => {
    // It comes to others who are at work.
    await pause(1000);
    while (!over) {
      child = spawn(agentProgram, ["profile", "--json", "--table", "public.t1", postgres.url], { stdio: "ignore" });
      await new Promise((done) => child.once("close", done));
    }
  })();
  return async () => {
    over = true;
    child?.kill();
    await going;
  };
}

export async function kindness() {
  const file = join(await folder(), "schema.sql");
  await writeFile(file, `${wide("t1", ROWS)}\nVACUUM ANALYZE;`);
  const postgres = await startPostgres("bench", file, ["shared_buffers=1GB", "jit=off", "max_wal_size=4GB"]);
  try {
    await pgbench(postgres, ["--initialize", `--scale=${small ? 1 : 10}`, "--quiet"]);
    const results = [];
    for (const [load, more] of Object.entries(LOADS)) {
      const args = ["--client=4", "--jobs=1", `--time=${SECONDS}`, "--log", ...more];
      await pgbench(postgres, args);
      // One after the other, so that what else the machine does falls on both.
      const pairs = await repeat(RUNS, async () => {
        const alone = slowest(await pgbench(postgres, args));
        const stop = profiling(postgres);
        const beside = slowest(await pgbench(postgres, args));
        await stop();
        return { alone, beside };
      });
      results.push(
        { what: `pgbench ${load}: 99th percentile alone`, unit: "ms", runs: pairs.map(({ alone }) => alone) },
        { what: `pgbench ${load}: beside a profile`, unit: "ms", runs: pairs.map(({ beside }) => beside) },
        { what: `pgbench ${load}: beside / alone`, unit: "", runs: pairs.map(({ alone, beside }) => beside / alone), limit: 1.1 },
      );
    }
    return results;
  } finally {
    await postgres.stop();
  }
}
