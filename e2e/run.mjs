// Runs the journeys, several files at a time, and reports as TAP: `node run.mjs [FILE…]`, all of them unless some are named.
//
// Node's own command line runs files in the order of their names, in which a long one may be left alone at the end.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { run } from "node:test";
import { tap } from "node:test/reporters";

// The longest, longest first; the one that makes the demo's history, for which the others of the demo wait, before all.
const FIRST = [
  "demo",
  "kill-nine",
  "kill-rotation",
  "first-run",
  "description",
  "incidents",
  "failures",
  "expectations",
  "onboarding",
  "clock-skew",
  "clients",
  "two-tabs",
  "kill-migration",
  "first-load",
  "quality",
  "two-nodes",
];
// Looks at what the others have left.
const LAST = "visual-record";
// A file waits for its browser, its servers and its kills a good part of its time: one more than there are cores.
const AT_A_TIME = Math.min(availableParallelism() + 1, 6);
// One that waits for ever fails then, not when CI gives up.
const MILLISECONDS = 600_000;

const folder = join(import.meta.dirname, "specs");
const named = process.argv.slice(2);
const files = named.length > 0 ? named : readdirSync(folder).filter((name) => name.endsWith(".spec.mjs"));

function place(file) {
  const name = basename(file, ".spec.mjs");
  if (name === LAST) return FIRST.length + 1;
  return FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length;
}

const inOrder = files.sort((one, other) => place(one) - place(other) || one.localeCompare(other));
// Pictures taken before this are of another run.
if (named.length === 0) process.env.BASTION_JOURNEYS_SINCE = String(Date.now());
run({ files: inOrder.map((file) => join(folder, basename(file))), concurrency: AT_A_TIME, timeout: MILLISECONDS })
  .on("test:fail", () => (process.exitCode = 1))
  .compose(tap)
  .pipe(process.stdout);
