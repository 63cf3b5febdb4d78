// What a page's first load fetches, and what happens while a page's part is on its way or does not arrive.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBrowser, openPage, ready, signedIn } from "../support/browser.mjs";
import { startDemo, web } from "../support/programs.mjs";

const BUDGET = 450_000;
const OPEN = {
  "/": "landing",
  "/sign-in": "sign-in",
  "/sign-in/callback": "sign-in-callback",
  "/sign-in/clerk": "sign-in-clerk",
  "/sign-up": "sign-up",
  "/forgot-password": "forgot-password",
  "/reset-password": "reset-password",
  "/confirm-email": "confirm-email",
};
const MEMBERS = {
  "/onboarding": "onboarding",
  "/dashboard": "overview",
  "/dashboard/schema": "schema",
  "/dashboard/schema/graph": "graph",
  "/dashboard/quality": "quality",
  "/dashboard/drift": "drift",
  "/dashboard/incidents": "incidents",
  "/dashboard/agents": "agents",
  "/dashboard/settings": "settings",
};

let demo, browser, storageState, pages;

before(async () => {
  pages = JSON.parse(await readFile(join(web, "pages.json"), "utf8"));
  demo = await startDemo();
  browser = await openBrowser();
  storageState = await signedIn(browser, demo);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// Opens a page with nothing in the cache; answers the assets that came, fonts apart, and what they weighed on the way.
async function firstLoad(path, name, options) {
  const { context, page, faults } = await openPage(browser, options);
  const came = new Map();
  page.on("response", (response) => {
    const asset = new URL(response.url()).pathname.match(/^\/assets\/([^/]+)$/)?.[1];
    if (asset) came.set(asset, response.headers());
  });
  await page.goto(demo.base + path);
  await ready(page, name);
  await context.close();
  assert.deepEqual(faults, [], path);
  for (const [asset, headers] of came) assert.equal(headers["content-encoding"], "br", asset);
  const weight = [...came.values()].reduce((sum, headers) => sum + Number(headers["content-length"]), 0);
  return { assets: [...came.keys()].sort(), weight };
}

test("each page first loads what the build says it does, and that is within its budget", async () => {
  assert.deepEqual(Object.keys(pages).sort(), [...Object.keys(OPEN), ...Object.keys(MEMBERS)].sort());
  for (const [known, options] of [[OPEN, {}], [MEMBERS, { storageState }]]) {
    for (const [path, name] of Object.entries(known)) {
      const { assets, weight } = await firstLoad(path, name, options);
      assert.deepEqual(assets, [...pages[path]].sort(), path);
      assert.ok(weight > 0 && weight <= BUDGET, `${path} weighs ${weight}`);
    }
  }
});

test("a page's other address leads to it", async () => {
  const { context, page, faults } = await openPage(browser, { storageState });
  for (const [path, name] of [["/settings", "settings"], ["/dashboard/health", "quality"]]) {
    await page.goto(demo.base + path);
    await ready(page, name);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("a page keeps its place while its part is on the way", async () => {
  const { context, page, faults } = await openPage(browser, { storageState });
  await page.goto(`${demo.base}/dashboard`);
  await ready(page, "overview");
  let release;
  const released = new Promise((done) => (release = done));
  await page.route("**/assets/quality.*.wasm", async (route) => {
    await released;
    await route.continue();
  });
  await page.getByRole("navigation").getByRole("link", { name: "Quality", exact: true }).first().click();
  const waiting = page.locator('main[data-page="quality"]:not([data-ready])');
  await waiting.getByRole("heading", { level: 1 }).waitFor();
  await waiting.getByRole("status", { name: "Loading charts" }).waitFor();
  release();
  await ready(page, "quality");
  // Whoever reads by ear is on the page's heading, though it was drawn anew.
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a part that does not arrive is told, and a reload brings the page", async () => {
  const { context, page } = await openPage(browser, { storageState });
  await page.goto(`${demo.base}/dashboard`);
  await ready(page, "overview");
  // As after an upgrade: the server has only parts of other names.
  await page.route(/assets\/(drift|expectations)\..*\.wasm/, (route) => route.fulfill({ status: 404, body: "" }));
  await page.getByRole("navigation").getByRole("link", { name: "Quality", exact: true }).first().click();
  await ready(page, "quality");
  await page.getByRole("tab", { name: "Expectations" }).click();
  await page.getByRole("alert").getByText("This part of the page could not be loaded").waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Drift", exact: true }).first().click();
  await page.getByRole("alert").getByText("This page could not be loaded").waitFor();
  await page.unrouteAll();
  await page.getByRole("button", { name: "Reload the page" }).click();
  await ready(page, "drift");
  await context.close();
});
