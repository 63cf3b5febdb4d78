// How often the truth lies within what a sample's figures claim, on data that lies in clusters.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPostgres } from "../support/databases.mjs";
import { agentProgram, folder } from "../support/programs.mjs";
import { timed } from "./measured.mjs";
import { small } from "./workload.mjs";

// A table of fewer rows is read whole. A sample takes the same pages of each; what lies on them is another draw each time.
const ROWS = 300_000;
const TABLES = small ? 2 : 30;
// How many rows in a row are alike, and how many in a hundred of such runs are NULL.
const RUNS_OF = [1, 20, 200, 1_000, 4_000];
const NULLS = [5, 30, 60];

const columns = RUNS_OF.flatMap((length) => NULLS.map((share) => ({ name: `c_${length}_${share}`, length, share })));

function table(number) {
  const column = ({ name, length, share }, place) =>
    `CASE WHEN abs(hashint8extended((g / ${length})::bigint, ${number * 100 + place})) % 100 < ${share} THEN NULL ELSE g END AS ${name}`;
  return `CREATE TABLE s${number} AS SELECT ${columns.map(column).join(", ")} FROM generate_series(1, ${ROWS}) g;`;
}

export async function coverage() {
  const file = join(await folder(), "schema.sql");
  const numbers = Array.from({ length: TABLES }, (_, number) => number);
  await writeFile(file, `${numbers.map(table).join("\n")}\nVACUUM ANALYZE;`);
  console.error("filling the tables");
  const postgres = await startPostgres("bench", file, ["shared_buffers=1GB", "jit=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB"]);
  try {
    const [intervals, widths] = [[], []];
    for (const number of numbers) {
      const { output } = await timed(agentProgram, ["profile", "--json", "--level", "sample", "--duty-cycle", "100", "--table", `public.s${number}`, postgres.url]);
      const [found] = JSON.parse(output);
      const counts = columns.map(({ name }) => `count(*) - count(${name})`);
      const truth = (await postgres.psql(`SELECT concat_ws(',', ${counts.join(", ")}) FROM s${number}`)).split(",").map(Number);
      for (const [at, { name, length }] of columns.entries()) {
        const column = found.columns.find((one) => one.column === name);
        if (column.method !== "sampled" || !(column.error_bound > 0)) throw new Error(`${name} of s${number} was not sampled: ${JSON.stringify(column)}`);
        const off = Math.abs(column.null_percent - (truth[at] / ROWS) * 100);
        intervals.push({ length, within: off <= column.error_bound });
        widths.push(column.error_bound);
      }
    }
    const share = (list) => (100 * list.filter(({ within }) => within).length) / list.length;
    return [
      { what: `${intervals.length} intervals of 95 %: how many hold the share of NULLs`, unit: "%", runs: [share(intervals)], least: 93 },
      ...RUNS_OF.map((length) => ({
        what: `of them where ${length} rows in a row are alike`,
        unit: "%",
        runs: [share(intervals.filter((one) => one.length === length))],
      })),
      { what: "half the width of an interval", unit: "percentage points", runs: widths },
    ];
  } finally {
    await postgres.stop();
  }
}
