// Measures against the figures that Bastion promises. Usage:
// node bench/main.mjs [scan|catalog|profile|engines|coverage|kindness|web|server|demo|history|api|silos]… [--json FILE]
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { api } from "./api.mjs";
import { catalog } from "./catalog.mjs";
import { coverage } from "./coverage.mjs";
import { demo } from "./demo.mjs";
import { engines } from "./engines.mjs";
import { history } from "./history.mjs";
import { kindness } from "./kindness.mjs";
import { median } from "./measured.mjs";
import { profile } from "./profile.mjs";
import { scan } from "./scan.mjs";
import { server } from "./server.mjs";
import { silos } from "./silos.mjs";
import { web } from "./web.mjs";
import { small } from "./workload.mjs";

const benches = { scan, catalog, profile, engines, coverage, kindness, web, server, demo, history, api, silos };

const short = (value) => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString("en");

const args = process.argv.slice(2);
const at = args.indexOf("--json");
const json = at < 0 ? undefined : args.splice(at, 2)[1];
const unknown = args.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`No bench is called ${unknown.join(", ")}. There are: ${Object.keys(benches).join(", ")}.`);
  process.exit(2);
}

const results = [];
for (const name of args.length > 0 ? args : Object.keys(benches)) {
  console.error(`measuring ${name}`);
  const start = performance.now();
  for (const { limit, least, ...result } of await benches[name]()) results.push({ bench: name, ...result, ...(small ? {} : { limit, least }) });
  console.error(`${name} took ${Math.round((performance.now() - start) / 1000)} s`);
}

const rows = results.map(({ bench, what, unit, runs, limit, least }) => {
  const figure = median(runs);
  const kept = (limit === undefined || figure <= limit) && (least === undefined || figure >= least);
  return {
    bench,
    figure: what,
    median: `${short(figure)} ${unit}`,
    spread: runs.length > 1 ? `${short(Math.min(...runs))} – ${short(Math.max(...runs))}` : "one run",
    promised: limit !== undefined ? `≤ ${short(limit)} ${unit}` : least !== undefined ? `≥ ${short(least)} ${unit}` : "",
    kept: limit === undefined && least === undefined ? "" : kept ? "yes" : "NO",
  };
});
console.table(rows);
if (rows.some(({ kept }) => kept === "NO")) process.exitCode = 1;
if (json) {
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const measured = results.map((result) => ({
    ...result,
    median: median(result.runs),
    least: Math.min(...result.runs),
    most: Math.max(...result.runs),
  }));
  await writeFile(json, `${JSON.stringify({ measured_at: new Date().toISOString(), machine, results: measured }, null, 2)}\n`);
}
