// The demo, as somebody sees it who tries Bastion for the first time.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, signIn } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api, scanNow } from "../support/scan.mjs";

let demo, browser, page, faults;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const open = (name) => page.getByRole("navigation").getByRole("link", { name, exact: true }).first().click();

test("the overview answers whether the data can be trusted, with all its cards and charts", async () => {
  for (const card of ["Total tables", "Total columns", "Last scan", "Schema version", "Drift status", "Quality score"]) {
    await page.getByText(card, { exact: false }).first().waitFor();
  }
  for (const chart of ["Freshness trend", "Null-rate distribution", "Schema growth over time"]) {
    await page.getByText(chart).first().waitFor();
  }
  await page.getByText(/[Tt]rustworthy/).first().waitFor();
  await picture(page, "overview");
});

test("the schema explorer finds a table and shows its columns, relationships and history", async () => {
  await open("Schema");
  await ready(page, "schema");
  await picture(page, "schema");
  await page.getByRole("searchbox").first().fill("payments");
  await page.getByRole("link", { name: /payments/ }).or(page.getByRole("option", { name: /payments/ })).first().click();
  for (const head of ["Name", "Type", "Nullable", "Description", "Null %", "Unique %"]) {
    await page.getByRole("columnheader", { name: head, exact: false }).first().waitFor();
  }
  await page.getByText("provider_reference").first().waitFor();
  await picture(page, "schema-table");
  await page.getByRole("tab", { name: "Relationships" }).click();
  await page.locator("[data-graph][data-ready=true]").first().waitFor();
  await picture(page, "schema-relationships");
  await page.getByRole("tab", { name: "History" }).click();
  await picture(page, "schema-history");
});

test("the graph lays out every table", async () => {
  await page.goto(new URL("/dashboard/schema/graph", demo.base).href);
  await page.locator("[data-graph][data-ready=true]").waitFor();
  await page.locator('[data-table="main.orders"]').first().waitFor();
  await picture(page, "graph");
});

test("the quality page lists every column and filters by table", async () => {
  await open("Quality");
  await ready(page, "quality");
  for (const head of ["Table", "Column", "Freshness", "Null %", "Uniqueness %", "Health"]) {
    await page.getByRole("columnheader", { name: head, exact: false }).first().waitFor();
  }
  await picture(page, "quality");
});

test("a drift event says exactly what changed, breaking in red", async () => {
  await open("Drift");
  await ready(page, "drift");
  await picture(page, "drift");
  await page.getByText("main.orders.discount_code").first().click();
  const dialog = page.getByRole("dialog", { name: "Drift event" });
  await dialog.getByRole("tab", { name: /All/ }).click();
  await dialog.getByText("main.orders.discount_code").first().waitFor();
  await dialog.getByText(/breaking/i).first().waitFor();
  await picture(page, "drift-event");
  await page.keyboard.press("Escape");
});

test("a scan by hand goes through live, with its log lines, and without a reload", async () => {
  await open("Agents");
  await ready(page, "agents");
  for (const agent of ["Metadata", "Semantic", "Drift"]) {
    await page.getByText(agent, { exact: false }).first().waitFor();
  }
  await page.evaluate(() => (window.notReloaded = true));
  const [org] = await api(page, "", "/api/auth/me").then((me) => me.memberships.map(({ slug }) => slug));
  const [source] = await api(page, org, "/api/sources").then(({ items }) => items.map(({ name }) => name));
  await scanNow(page, org, source);
  const log = page.getByLabel("Log of the agents");
  await log.getByText(/profil/i).first().waitFor();
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  await picture(page, "agents");
});

test("the settings show the connection without its secrets, and rotate keys", async () => {
  await open("Settings");
  await ready(page, "settings");
  await picture(page, "settings");
  const html = await page.content();
  assert.ok(!html.includes(demo.credentials.password));
});

test("nothing went wrong unnoticed", () => {
  assert.deepEqual(faults, []);
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
});
