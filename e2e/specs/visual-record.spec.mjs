// Each page was pictured in both themes during the run. The last file by its name, so that all others have begun.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { artefacts } from "../support/browser.mjs";
import { web } from "../support/programs.mjs";

// The picture of each page, by its path.
const PICTURES = {
  "/": "landing",
  "/sign-in": "sign-in",
  "/sign-in/callback": "sso-denied",
  "/sign-up": "sign-up",
  "/forgot-password": "forgot-password",
  "/reset-password": "reset-password",
  "/confirm-email": "confirm-email",
  "/onboarding": "onboarding-organization",
  "/dashboard": "overview",
  "/dashboard/schema": "schema",
  "/dashboard/schema/graph": "graph",
  "/dashboard/quality": "quality",
  "/dashboard/drift": "drift",
  "/dashboard/incidents": "incidents",
  "/dashboard/agents": "agents",
  "/dashboard/settings": "settings",
};
// How long the journeys that still run may take.
const PATIENCE = 480_000;

// The runner of all files, which is this one's parent: what it was given, and when it began.
const given = (await readFile(`/proc/${process.ppid}/cmdline`, "utf8")).split("\0").filter((part) => part.endsWith(".spec.mjs"));

async function begun() {
  const uptime = Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]);
  // After the name in brackets; in hundredths of a second since the machine began.
  const fields = (await readFile(`/proc/${process.ppid}/stat`, "utf8")).split(") ").at(-1).split(" ");
  return Date.now() - (uptime - Number(fields[19]) / 100) * 1000;
}

test("every page was pictured in both themes", { skip: given.length < 20 && "only with all the other journeys" }, async () => {
  const pages = JSON.parse(await readFile(join(web, "pages.json"), "utf8"));
  assert.deepEqual(Object.keys(PICTURES).sort(), Object.keys(pages).sort());
  const since = await begun();
  const files = Object.values(PICTURES).flatMap((name) => ["dark", "light"].map((theme) => `${name}-${theme}.png`));
  const taken = (file) => stat(join(artefacts, file)).then(({ mtimeMs, size }) => mtimeMs >= since && size > 1000, () => false);
  const missing = async () => {
    const there = await Promise.all(files.map(taken));
    return files.filter((_, at) => !there[at]);
  };
  const deadline = Date.now() + PATIENCE;
  while ((await missing()).length > 0 && Date.now() < deadline) await new Promise((done) => setTimeout(done, 500));
  assert.deepEqual(await missing(), []);
});
