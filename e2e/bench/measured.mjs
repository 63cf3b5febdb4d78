// What a program costs: time, memory, and what the database server does for it.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

const TICKS = 100;

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

const read = async (postgres) =>
  Number(await postgres.psql("SELECT coalesce(sum(heap_blks_read + heap_blks_hit), 0) FROM pg_statio_user_tables"));

// Bytes that went over loopback so far, with what packets put around them. A bench has it for itself.
async function loopback() {
  const line = (await readFile("/proc/net/dev", "utf8")).split("\n").find((text) => text.trim().startsWith("lo:"));
  return Number(line.split(":")[1].trim().split(/\s+/)[0]);
}

// The most memory that a running program held so far, in MiB.
export async function mostMemory(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

// Runs a program and notes time, the most memory it held in MiB, and the MiB that went over loopback.
export async function timed(command, args, options = {}) {
  const sent = await loopback();
  const start = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  let [output, said, rss] = ["", "", 0];
  child.stdout?.on("data", (data) => (output += data));
  child.stderr?.on("data", (data) => (said = (said + data).slice(-4000)));
  const watch = setInterval(async () => (rss = Math.max(rss, await mostMemory(child.pid))), 20);
  const code = await new Promise((done) => child.once("close", done));
  clearInterval(watch);
  const wall = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  return { wall, output, rss, wire: ((await loopback()) - sent) / 2 ** 20 };
}

// The same, with what the server did for it. The server needs pg_stat_statements.
export async function measured(postgres, command, args, options = {}) {
  await postgres.psql("SELECT pg_stat_statements_reset()");
  const [blocks, cpu] = [await read(postgres), await serverCpu(postgres)];
  const found = await timed(command, args, options);
  // Backends report what they read when they end.
  await new Promise((done) => setTimeout(done, 300));
  return {
    ...found,
    cpu: (await serverCpu(postgres)) - cpu,
    pages: (await read(postgres)) - blocks,
    statements: Number(await postgres.psql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%' AND query !~* '^(begin|commit|rollback|set|show)'")),
  };
}

// The value in the middle.
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// The time within which this share of them is; they come to be in order.
export function percentile(times, share) {
  return times.sort((a, b) => a - b)[Math.ceil(times.length * share) - 1];
}

export async function repeat(times, work) {
  const runs = [];
  for (let i = 0; i < times; i += 1) runs.push(await work());
  return runs;
}
