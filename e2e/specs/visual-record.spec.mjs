// Each page was pictured in both themes during the run, whose last file this is: all others have begun.
import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { artefacts } from "../support/browser.mjs";
import { eventually } from "../support/moments.mjs";
import { web } from "../support/programs.mjs";

// The picture of each page, by its path.
const PICTURES = {
  "/": "landing",
  "/sign-in": "sign-in",
  "/sign-in/callback": "sso-denied",
  "/sign-in/clerk": "sign-in-clerk",
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
// How many seconds the journeys that still run may take.
const PATIENCE = 480;

// When all journeys began, in milliseconds; `run.mjs` sets it when it runs all of them.
const since = Number(process.env.BASTION_JOURNEYS_SINCE);

test("every page was pictured in both themes", { skip: !since && "only with all the other journeys" }, async () => {
  const pages = JSON.parse(await readFile(join(web, "pages.json"), "utf8"));
  assert.deepEqual(Object.keys(PICTURES).sort(), Object.keys(pages).sort());
  const files = Object.values(PICTURES).flatMap((name) => ["dark", "light"].map((theme) => `${name}-${theme}.png`));
  const taken = (file) => stat(join(artefacts, file)).then(({ mtimeMs, size }) => mtimeMs >= since && size > 1000, () => false);
  const missing = async () => {
    const there = await Promise.all(files.map(taken));
    return files.filter((_, at) => !there[at]);
  };
  await eventually("every page is pictured", async () => (await missing()).length === 0 || missing(), PATIENCE);
});
