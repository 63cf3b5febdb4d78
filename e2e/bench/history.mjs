// What is kept over time: how fast the quality of many tables is read after ninety days, and what days without and with
// changes take. Through the HTTP routes of a real server, on both of its databases.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { embedded, onPostgres } from "../support/control-plane.mjs";
import { sqlite } from "../support/databases.mjs";
import { folder, startAgent } from "../support/programs.mjs";
import { percentile } from "./measured.mjs";
import { connect, scanned, stored } from "./scan.mjs";
import { fill } from "./statistics.mjs";

const COLUMNS = 20;
const DAYS = 90;
const BATCHES = 5;
const large = process.env.BASTION_BENCH_LARGE === "1";
// Such as `1000,sqlite,reading`; all when it is not set.
const only = (process.env.BASTION_BENCH_HISTORY ?? "").split(",").filter(Boolean);
const among = (names) => (names.some((name) => only.includes(name)) ? names.filter((name) => only.includes(name)) : names);
const KEPT = ["schema_object", "schema_version", "drift"];
const STATISTICS = ["table_stats", "column_stats", "source_score"];

// A database that is monitored: so many tables of ten columns.
async function source(tables) {
  const file = join(await folder(), "source.db");
  const columns = Array.from({ length: 9 }, (_, i) => `c${i} ${["integer", "text", "real"][i % 3]}`).join(", ");
  const lines = Array.from({ length: tables }, (_, i) => `CREATE TABLE t${i} (id integer PRIMARY KEY, ${columns});`);
  await sqlite(file, `BEGIN;\n${lines.join("\n")}\nCOMMIT;`);
  return { file, url: `sqlite:${file}`, remove: () => rm(dirname(file), { recursive: true, force: true }) };
}

// What a page of the interface asks for, and somebody who sorts, filters and looks on.
function questions(tables) {
  const path = (number) => `public.table_${String(number % tables).padStart(6, "0")}`;
  const lists = [
    () => "",
    () => "sort=health",
    () => "sort=null_percent",
    () => "sort=uniqueness",
    () => "sort=freshness",
    () => "sort=name&reverse=true",
    () => "health=critical",
    () => "sort=null_percent&limit=200",
    (number) => `q=table_${String((number * 7919) % tables).padStart(6, "0")}`,
    () => "q=column_07&sort=null_percent",
    (number) => `table=${path(number * 7919)}`,
  ];
  const since = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
  return {
    lists,
    stats: () => "/api/health/stats",
    overview: () => "/api/overview",
    month: (number) => `/api/quality/trends?table=${path(number * 7919)}`,
    quarter: (number) => `/api/quality/trends?table=${path(number * 104_729)}&from=${since(DAYS)}`,
    source: () => "/api/quality/trends",
  };
}

async function took(work) {
  const start = performance.now();
  const answer = await work();
  return { millis: performance.now() - start, answer };
}

// The p95 of batches of requests.
async function measured(call, paths, each) {
  const batches = [];
  let number = 0;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const times = [];
    for (let i = 0; i < each; i += 1) {
      const path = paths[number % paths.length](number);
      number += 1;
      times.push((await took(() => call("GET", path))).millis);
    }
    batches.push(percentile(times, 0.95));
  }
  return batches;
}

async function reading(engine, tables) {
  const plane = await { sqlite: embedded, postgres: onPostgres }[engine]();
  const watched = await source(1);
  const agent = await startAgent({ bench: watched.url });
  try {
    const { base } = await plane.start();
    const connection = await connect(base, agent, "bench");
    await scanned(connection);
    await plane.server.program.stop();
    const rows = await fill(plane, { tables, columns: COLUMNS, days: DAYS });
    console.error(`${rows} rows on ${engine}`);
    await plane.start();
    const { call } = connection;
    const ask = questions(tables);
    const path = (query) => `/api/quality?${query}`;
    const cold = await took(() => call("GET", path("")));
    const found = Object.values(cold.answer.totals).reduce((sum, count) => sum + count, 0);
    if (found !== tables * COLUMNS) throw new Error(`${found} columns of ${tables * COLUMNS} are listed`);
    // A cursor's page as well.
    const next = `sort=health&cursor=${(await call("GET", path("sort=health"))).next_cursor}`;
    const lists = [...ask.lists, () => next].map((query) => (number) => path(query(number)));
    const of = `${engine}, ${tables} × ${COLUMNS} × ${DAYS}`;
    const kept = tables <= 10_000 ? 50 : undefined;
    const figures = [
      { what: `GET /api/quality, p95, ${of}`, unit: "ms", runs: await measured(call, lists, 120), limit: kept },
      { what: `the first after a start, ${of}`, unit: "ms", runs: [cold.millis] },
      { what: `GET /api/health/stats, p95, ${of}`, unit: "ms", runs: await measured(call, [ask.stats], 20) },
      { what: `GET /api/overview, p95, ${of}`, unit: "ms", runs: await measured(call, [ask.overview], 20) },
      { what: `trends of a table, 30 days, p95, ${of}`, unit: "ms", runs: await measured(call, [ask.month], 40), limit: kept },
      { what: `trends of a table, 90 days, p95, ${of}`, unit: "ms", runs: await measured(call, [ask.quarter], 40) },
      { what: `trends of the source, 30 days, p95, ${of}`, unit: "ms", runs: await measured(call, [ask.source], 20) },
    ];
    return figures;
  } finally {
    await agent.stop();
    await plane.stop();
    await watched.remove();
  }
}

// What scans store: nothing changes, then five tables do, each found by a scan of its own.
async function storing(tables) {
  const plane = await embedded();
  const watched = await source(tables);
  const agent = await startAgent({ bench: watched.url });
  try {
    const { base, data } = await plane.start();
    const connection = await connect(base, agent, "bench");
    await scanned(connection);
    await scanned(connection);
    const size = (before, after, names) => (after(names) - before(names)) / 1024;
    const sizes = [await stored(data)];
    for (let i = 0; i < BATCHES; i += 1) {
      await scanned(connection);
      sizes.push(await stored(data));
    }
    const same = sizes.slice(1).map((after, i) => size(sizes[i].of, after.of, [...KEPT, ...STATISTICS]));
    const before = await stored(data);
    for (let change = 0; change < 5; change += 1) {
      const table = Math.floor((tables / 5) * (change + 0.5));
      await sqlite(watched.file, `ALTER TABLE t${table} ADD COLUMN added_${change} text;`);
      const found = await scanned(connection);
      if (found.unchanged !== false) throw new Error("a change was not found");
    }
    const after = await stored(data);
    return [
      { what: `history that a scan without a change stores, ${tables} tables`, unit: "KiB", runs: same, limit: 1 },
      {
        what: `history of a day with 5 changes in 5 scans, ${tables} tables`,
        unit: "KiB",
        runs: [size(before.of, after.of, KEPT)],
        limit: tables === 10_000 ? 50 : undefined,
      },
      { what: `the statistics of these 5 scans, ${tables} × 10`, unit: "KiB", runs: [size(before.of, after.of, STATISTICS)] },
    ];
  } finally {
    await agent.stop();
    await plane.stop();
    await watched.remove();
  }
}

export async function history() {
  const figures = [];
  const asked = only.map(Number).filter((tables) => tables > 0);
  const sizes = asked.length > 0 ? asked : [1_000, 10_000];
  const parts = among(["reading", "storing"]);
  const engines = among(["sqlite", "postgres"]);
  for (const tables of parts.includes("reading") ? sizes : []) {
    for (const engine of engines) figures.push(...(await reading(engine, tables)));
  }
  // Ninety days of a hundred thousand tables would take fifty gigabytes; their versions do not.
  if (large && asked.length === 0) sizes.push(100_000);
  for (const tables of parts.includes("storing") ? sizes : []) figures.push(...(await storing(tables)));
  return figures;
}
