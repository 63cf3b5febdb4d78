// Without the demo: from signing up to a drift event that says exactly what was changed by hand, on both engines.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addressed, flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { chinookFile, sqlite, startPagila } from "../support/databases.mjs";
import { startAgent, startServer } from "../support/programs.mjs";
import { api, scanNow } from "../support/scan.mjs";
import { waiting } from "../support/stub.mjs";

const ada = { email: "ada@example.com", password: "correct horse battery" };

let postgres, chinook, agents, slow, server, browser, page, faults;

before(async () => {
  postgres = await startPagila();
  chinook = await chinookFile();
  agents = [await startAgent({ pagila: postgres.url }), await startAgent({ chinook: chinook.url })];
  slow = await waiting(agents[1]);
  server = await startServer();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
});

after(async () => {
  slow?.release();
  await browser?.close();
  await server?.stop();
  await slow?.stop();
  for (const agent of agents ?? []) await agent.stop();
  await postgres?.stop();
  await chinook?.remove();
});

const open = (name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();

// Scans a source from the agents' page.
async function scan(source) {
  await page.goto(`${server.base}/dashboard/agents?org=acme&source=${source}`);
  await ready(page, "agents");
  await scanNow(page, "acme", source);
}

// What the newest drift event of a source lists, as `kind path` with `!` when breaking.
async function newestDrift(source, name) {
  await page.goto(`${server.base}/dashboard/drift?org=acme&source=${source}`);
  await ready(page, "drift");
  await page.getByRole("list", { name: "Drift events" }).getByRole("button").first().click();
  const dialog = page.getByRole("dialog", { name: "Drift event" });
  await dialog.getByRole("tab", { name: /^All/ }).click();
  const panel = dialog.getByRole("tabpanel", { name: /^All/ });
  await panel.locator("[data-change]").first().waitFor();
  await picture(page, name);
  const lines = await panel.locator("[data-change]").evaluateAll((items) =>
    items.map((item) => {
      const path = [...item.querySelectorAll("span.font-mono.font-medium")].at(0)?.textContent?.trim();
      return `${item.dataset.change} ${path}${item.dataset.breaking ? " !" : ""}`;
    }),
  );
  await page.keyboard.press("Escape");
  return lines.sort();
}

const firstSource = async () => (await api(page, "acme", "/api/sources")).items[0].name;
const incidents = async (query) => (await api(page, "acme", `/api/incidents?${query}`)).items;

// Until it is there; the seconds between two attempts of a step pass at once.
async function impatiently(wanted) {
  const again = "UPDATE job SET run_at = 0 WHERE kind = 'scan.step' AND state = 'queued' AND attempts > 0";
  const deadline = Date.now() + 60_000;
  while (!(await wanted.isVisible())) {
    assert.ok(Date.now() < deadline, `${wanted} does not come`);
    await sqlite(join(server.data, "bastion.db"), again);
  }
}

const steps = (where) => where.locator("[data-step]").evaluateAll((steps) => steps.map(({ dataset }) => `${dataset.step} ${dataset.state}`));

// What every page says of a source that no scan has read.
async function pictureUnscanned(source) {
  // On a page of its own: that there is no version yet is answered with 404, which the browser calls an error.
  const fresh = await openPage(browser);
  await signIn(fresh.page, server.base, ada);
  await ready(fresh.page, "overview");
  const main = fresh.page.locator("main");
  const button = (name) => main.getByRole("button", { name, exact: true });
  for (const [path, name, says, todo] of [
    ["", "overview", "Nothing has been scanned yet", button("Run first schema scan")],
    ["/schema", "schema", "There is no snapshot yet", button(`Scan ${source}`)],
    ["/schema/graph", "graph", "There is no table to draw", button(`Scan ${source}`)],
    ["/quality", "quality", "No column has been measured yet", button(`Scan ${source}`)],
    ["/drift", "drift", "No drift yet", main.getByText("When a scan finds the schema changed")],
    ["/incidents", "incidents", "No incident is active", button("Show what is over")],
    ["/agents", "agents", "No scan has run yet", button("Run scan now")],
  ]) {
    await fresh.page.goto(`${server.base}/dashboard${path}?org=acme&source=${source}`);
    await main.getByText(says).first().waitFor();
    await todo.waitFor();
    await settled(fresh.page);
    await picture(fresh.page, `unscanned-${name}`);
  }
  await fresh.context.close();
}

test("somebody signs up, founds an organization, connects an agent and scans PostgreSQL", async () => {
  await page.goto(`${server.base}/sign-up`);
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("E-mail").fill(ada.email);
  await page.getByLabel("Password").fill(ada.password);
  await picture(page, "sign-up");
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByLabel("Organization name").fill("Acme");
  await picture(page, "onboarding-organization");
  await page.getByRole("button", { name: "Create organization" }).click();
  await page.getByRole("tab", { name: "Direct bastion-mcp" }).click();
  await page.getByLabel("bastion-mcp URL").fill(agents[0].url);
  await page.getByLabel("Token").last().fill("not the token, but as long");
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText(/token/i).last().waitFor();
  await picture(page, "onboarding-wrong-token");
  await page.getByLabel("Token").last().fill(agents[0].token);
  await page.getByRole("button", { name: "Save and go on" }).click();
  await page.getByText("This container connects to your database securely.").waitFor();
  await picture(page, "onboarding-agent");
  // Which is not so yet.
  await agents[0].stop();
  await page.getByRole("link", { name: "The agent is running" }).click();
  await page.getByRole("button", { name: "Run first schema scan" }).click();
  await impatiently(page.locator("[data-run=failed]"));
  const failed = page.locator("[data-step=schema_scan][data-state=failed]");
  await failed.getByText("Check host and port").waitFor();
  await failed.getByText("agent_unreachable", { exact: true }).waitFor();
  assert.deepEqual((await steps(page)).slice(1).map((step) => step.split(" ")[1]), Array(4).fill("skipped"));
  await picture(page, "onboarding-scan-failed");
  agents[0] = await startAgent({ pagila: postgres.url }, [], { at: agents[0].port });
  await page.getByRole("button", { name: "Run first schema scan" }).click();
  await ready(page, "overview");
  await picture(page, "first-overview");
});

test("the schema of PostgreSQL is there, with its tables and relationships", async () => {
  await open("Schema");
  await ready(page, "schema");
  await page.getByRole("searchbox").first().fill("film");
  await page.getByText("film_actor").first().waitFor();
  await page.getByText("Size of the tables", { exact: true }).waitFor();
  await page.getByText("Rights on the database, its schemas and other servers").click();
  await page.locator("[data-grants=public]").getByText(/^bastion: select; on tables that \w+ makes$/).waitFor();
  await page.goto(`${server.base}/dashboard/schema/graph?org=acme`);
  await page.locator("[data-graph][data-ready=true]").first().waitFor();
  await page.locator('[data-table="public.film"]').first().waitFor();
  await picture(page, "graph-pagila");
});

test("after one scan the trends are points with their values", async () => {
  await page.goto(`${server.base}/dashboard/quality?org=acme`);
  await ready(page, "quality");
  await page.getByText("One point in this time").first().waitFor();
  await settled(page);
  await picture(page, "first-quality");
});

test("a change by hand in PostgreSQL is told exactly", async () => {
  const source = await firstSource();
  await postgres.psql("ALTER TABLE staff DROP COLUMN picture");
  await postgres.psql("ALTER TABLE rental RENAME COLUMN return_date TO returned_at");
  await postgres.psql("ALTER TABLE city ADD region text; UPDATE city SET region = ''; ALTER TABLE city ALTER region SET NOT NULL");
  await postgres.psql("ALTER TABLE language ALTER COLUMN name TYPE character(10)");
  await scan(source);
  assert.deepEqual(await newestDrift(source, "drift-pagila"), [
    "column.added public.city.region !",
    "column.dropped public.staff.picture !",
    "column.renamed public.rental.returned_at !",
    "column.type_changed public.language.name !",
  ]);
});

test("each object that a change breaks is an incident, which ends when the change is taken back", async () => {
  const source = await firstSource();
  const broken = await incidents("cause=schema&state=open");
  assert.deepEqual(
    broken.map(({ object }) => object).sort(),
    ["public.city", "public.language", "public.rental", "public.staff"],
  );
  await postgres.psql("ALTER TABLE language ALTER COLUMN name TYPE character(20)");
  await scan(source);
  await page.goto(`${server.base}/dashboard/incidents?org=acme&state=ended`);
  await ready(page, "incidents");
  await page.getByRole("list", { name: "Incidents" }).getByRole("button").first().click();
  const detail = page.getByRole("article", { name: "Incident" });
  await detail.getByText("public.language", { exact: false }).first().waitFor();
  await detail.getByText("resolved", { exact: true }).first().waitFor();
  await settled(page);
  await picture(page, "incident-taken-back");
  assert.deepEqual((await incidents("state=ended")).map(({ object }) => object), ["public.language"]);
});

test("a rule that was made beforehand lowers what the next scan finds, and the event says why", async () => {
  const source = await firstSource();
  await page.goto(`${server.base}/dashboard/drift?org=acme&view=policy`);
  await ready(page, "drift");
  await page.getByRole("textbox", { name: "Policy as YAML" }).fill(`version: 1
rules:
  - kind: column.dropped
    path: public.category.*
    action: lower
    to: safe
    reason: nobody reads when a category was updated
    author: Ada
`);
  await page.getByRole("button", { name: "Save policy" }).click();
  await page.getByText("Policy saved as version 1").waitFor();
  await postgres.psql("ALTER TABLE category DROP COLUMN last_update");
  await scan(source);
  assert.deepEqual(await newestDrift(source, "drift-lowered"), ["column.dropped public.category.last_update"]);
  await page.getByRole("list", { name: "Drift events" }).getByRole("button").first().click();
  const dialog = page.getByRole("dialog", { name: "Drift event" });
  await dialog.getByText("found breaking").first().waitFor();
  await dialog.locator("[data-ruling]").getByText("nobody reads when a category was updated").waitFor();
  await page.keyboard.press("Escape");
  assert.deepEqual(await incidents("q=category&state=active"), []);
});

test("a second source, an SQLite file, is added in the settings, and its changes are told exactly", async () => {
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=sources`);
  await ready(page, "settings");
  await page.getByRole("button", { name: "Add source" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("chinook");
  await dialog.getByLabel("bastion-mcp URL").fill(slow.url);
  await dialog.getByLabel("Token").fill(slow.token);
  await dialog.getByRole("button", { name: "Add source" }).click();
  await dialog.waitFor({ state: "hidden" });
  await pictureUnscanned("chinook");
  await scan("chinook");
  await sqlite(
    chinook.file,
    `ALTER TABLE Track DROP COLUMN Composer;
     ALTER TABLE Customer RENAME COLUMN Fax TO Facsimile;
     ALTER TABLE Genre ADD COLUMN Rank INTEGER NOT NULL DEFAULT 0;
     CREATE TABLE Narrower (
       MediaTypeId INTEGER NOT NULL,
       Name NVARCHAR(40),
       CONSTRAINT PK_MediaType PRIMARY KEY (MediaTypeId)
     );
     INSERT INTO Narrower SELECT MediaTypeId, Name FROM MediaType;
     DROP TABLE MediaType;
     ALTER TABLE Narrower RENAME TO MediaType;`,
  );
  await scan("chinook");
  // SQLite keeps what is longer than the type says, and fills the new column in: neither breaks anybody.
  assert.deepEqual(await newestDrift("chinook", "drift-chinook"), [
    "column.added main.Genre.Rank",
    "column.dropped main.Track.Composer !",
    "column.renamed main.Customer.Facsimile !",
    "column.type_changed main.MediaType.Name",
  ]);
});

const runs = () => page.getByRole("table", { name: "Runs" }).locator("tbody").getByRole("row");
const ofRun = () => page.getByRole("region", { name: "Steps of the run" });

test("a run is seen under way, step by step, until it has succeeded", async () => {
  slow.hold();
  await page.goto(`${server.base}/dashboard/agents?org=acme&source=chinook`);
  await ready(page, "agents");
  const before = await runs().count();
  await page.getByRole("button", { name: "Run scan now" }).click();
  await runs().nth(before).waitFor();
  await runs().first().getByText("running", { exact: true }).waitFor();
  await page.getByText("1 scan is running").waitFor();
  await runs().first().click();
  const [{ id, steps: told }] = (await api(page, "acme", "/api/scan/runs?limit=1&source=chinook")).items;
  await addressed(page, { run: id });
  await ofRun().locator("[data-step=profile][data-state=running]").waitFor();
  const kinds = told.map(({ kind }) => kind);
  assert.deepEqual(await steps(ofRun()), kinds.map((kind, at) => `${kind} ${["succeeded", "running"][at] ?? "queued"}`));
  await picture(page, "agents-running");
  slow.release();
  await runs().first().getByText("succeeded", { exact: true }).waitFor();
  await page.getByText("No scan is running").waitFor();
  assert.deepEqual(await steps(ofRun()), kinds.map((kind) => `${kind} succeeded`));
  // The log is that of the run.
  const { items: lines } = await api(page, "acme", `/api/agents/logs?run=${id}&limit=200`);
  assert.ok(lines.length > 0 && lines.every(({ run_id }) => run_id === id));
  await page.getByText(`${lines.length} lines`, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Only this run" }).click();
  await page.getByText(`${lines.length} lines`, { exact: true }).waitFor({ state: "detached" });
});

test("a scan whose agent is gone fails with what to do, keeps the last snapshot, and is tried again", async () => {
  const { name } = (await api(page, "acme", "/api/sources")).items.find(({ name }) => name !== "chinook");
  const latest = () => api(page, "acme", `/api/schema/latest?source=${name}`);
  const before = await latest();
  await page.goto(`${server.base}/dashboard/agents?org=acme&source=${name}`);
  await ready(page, "agents");
  await agents[0].stop();
  await page.getByRole("button", { name: "Run scan now" }).click();
  await impatiently(runs().first().getByText("failed", { exact: true }));
  await runs().first().getByText("Check host and port").waitFor();
  await runs().first().click();
  await ofRun().locator("[data-step=schema_scan][data-state=failed]").getByText("agent_unreachable", { exact: true }).waitFor();
  assert.deepEqual((await steps(ofRun())).slice(1).map((step) => step.split(" ")[1]), Array(4).fill("skipped"));
  const metadata = page.locator("[data-agent=metadata]");
  await metadata.getByText("failing", { exact: true }).waitFor();
  await metadata.getByText("Check host and port").waitFor();
  await settled(page);
  await picture(page, "agents-failed");
  assert.deepEqual(await latest(), before);
  await open("Overview");
  await ready(page, "overview");
  const card = page.locator("[data-cards] > section").filter({ hasText: "Schema version" });
  await card.getByText(String(before.version), { exact: true }).waitFor();
  await page.locator("main section").filter({ hasText: "Needs attention" }).getByText("Check host and port").waitFor();
  await page.goBack();
  await ready(page, "agents");
  agents[0] = await startAgent({ pagila: postgres.url }, [], { at: agents[0].port });
  await ofRun().getByRole("button", { name: "Try the scan again" }).click();
  await runs().first().getByText("succeeded", { exact: true }).waitFor();
  await metadata.getByText("idle", { exact: true }).waitFor();
});

test("the source stands in the address, through links, reloads and the switcher; without one, figures are of all", async () => {
  const switcher = page.getByRole("button", { name: /^Switch source/ });
  const named = async (source, shown = source) => {
    await addressed(page, { source });
    await switcher.getByText(shown, { exact: true }).waitFor();
  };
  const tables = async (query) => (await api(page, "acme", `/api/overview${query}`)).tables;
  const total = (count) => page.locator("[data-cards] > section").filter({ hasText: "Total tables" }).getByText(String(count), { exact: true }).waitFor();
  const { name } = (await api(page, "acme", "/api/sources")).items.find(({ name }) => name !== "chinook");
  await page.goto(`${server.base}/dashboard?org=acme&source=chinook`);
  await ready(page, "overview");
  const own = await tables("?source=chinook");
  await total(own);
  for (const link of ["Schema", "Quality", "Drift", "Incidents", "Agents", "Overview"]) {
    // Behind a name may be how many wait.
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: new RegExp(`^${link}`) }).click();
    await ready(page, link.toLowerCase());
    await named("chinook");
  }
  await page.reload();
  await ready(page, "overview");
  await named("chinook");
  await switcher.click();
  await page.getByRole("menuitem").filter({ has: page.getByText(name, { exact: true }) }).click();
  await named(name);
  const other = await tables(`?source=${name}`);
  await total(other);
  await switcher.click();
  await picture(page, "sources");
  await page.getByRole("menuitem", { name: "All sources", exact: true }).click();
  await named(null, "All sources");
  assert.equal(await tables(""), own + other);
  await total(own + other);
  // Each can be scanned from there.
  await page.getByRole("button", { name: /^Choose a source to scan/ }).click();
  const offered = await page.getByRole("menuitem", { name: /^Scan / }).allTextContents();
  assert.deepEqual(offered.sort(), ["Scan chinook", `Scan ${name}`].sort());
  await page.keyboard.press("Escape");
});

test("a page about one source asks for one where there are several and none is named, as the API does", async () => {
  const main = page.locator("main");
  const { name } = (await api(page, "acme", "/api/sources")).items.find(({ name }) => name !== "chinook");
  await page.goto(`${server.base}/dashboard?org=acme`);
  await ready(page, "overview");
  await open("Schema");
  await ready(page, "schema");
  await main.getByText("This page shows one source at a time, and there are several.").waitFor();
  await page.getByRole("button", { name: /^Switch source/ }).getByText("Choose a source", { exact: true }).waitFor();
  await picture(page, "choose-source");
  await main.getByRole("link", { name, exact: true }).waitFor();
  await main.getByRole("link", { name: "chinook", exact: true }).click();
  await page.getByText(/^chinook: \d+ tables/).waitFor();
  await addressed(page, { source: "chinook" });
  await page.goBack();
  await main.getByRole("link", { name: "Open graph" }).click();
  await ready(page, "graph");
  await main.getByRole("link", { name, exact: true }).click();
  await page.locator('[data-table="public.film"]').first().waitFor();
  // Opened by its address, the page hears of it from the API, which Chromium writes into the console.
  const own = await openPage(browser);
  await signIn(own.page, server.base, ada);
  await ready(own.page, "overview");
  for (const [path, page, call] of [["/schema", "schema", "latest"], ["/schema/graph", "graph", "graph"]]) {
    await own.page.goto(`${server.base}/dashboard${path}?org=acme`);
    await ready(own.page, page);
    await own.page.locator("main").getByRole("link", { name: "chinook", exact: true }).waitFor();
    const refused = await own.context.request.get(`${server.base}/api/schema/${call}`, { headers: { "x-bastion-org": "acme" } });
    assert.deepEqual([refused.status(), (await refused.json()).code], [400, "source_required"]);
  }
  await own.context.close();
});

test("nothing went wrong unnoticed", () => {
  assert.deepEqual(faults, []);
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
});
