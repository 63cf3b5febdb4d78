// Two tabs of one organization see each other's work; another organization sees none of it, not even one's own.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { addressed, openBrowser, openPage, ready } from "../support/browser.mjs";
import { chinookFile, sqlite } from "../support/databases.mjs";
import { folder, startAgent, startServer } from "../support/programs.mjs";
import { scanNow } from "../support/scan.mjs";

let chinook, beans, agents, server, browser, ada, bob;

// A call of the API as the person in this tab.
const call = (page, method, path, body, org) =>
  page.evaluate(
    async ([method, path, body, org]) => {
      const headers = { "content-type": "application/json", ...(org ? { "x-bastion-org": org } : {}) };
      const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    [method, path, body, org],
  );

async function member(email, organization) {
  const opened = await openPage(browser);
  await opened.page.goto(`${server.base}/sign-in`);
  await ready(opened.page, "sign-in");
  const account = { email, password: "correct horse battery", name: email };
  assert.equal((await call(opened.page, "POST", "/api/auth/sign-up", account)).status, 201);
  const created = await call(opened.page, "POST", "/api/orgs", { name: organization });
  assert.equal(created.status, 201);
  return { ...opened, org: created.body.slug };
}

async function connect(org, agent) {
  const setup = { bastion_mcp_url: agent.url, bastion_mcp_token: agent.token };
  assert.equal((await call(ada.page, "POST", "/api/org/setup", setup, org)).status, 200);
}

before(async () => {
  chinook = await chinookFile();
  beans = await folder();
  await sqlite(join(beans, "beans.db"), "CREATE TABLE Beans (Id INTEGER PRIMARY KEY, Roast TEXT)");
  agents = [await startAgent({ chinook: chinook.url }), await startAgent({ beans: `sqlite:${join(beans, "beans.db")}` })];
  server = await startServer({ BASTION_SIGN_UP: "open" });
  browser = await openBrowser();
  ada = await member("ada@example.com", "Acme");
  bob = await member("bob@example.com", "Globex");
  await connect(ada.org, agents[0]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  for (const agent of agents ?? []) await agent.stop();
  await chinook?.remove();
  if (beans) await rm(beans, { recursive: true });
});

test("a scan started in one tab arrives in the other without a reload", async () => {
  const other = await ada.context.newPage();
  await other.goto(`${server.base}/dashboard?org=${ada.org}`);
  await ready(other, "overview");
  await other.evaluate(() => (window.notReloaded = true));
  await ada.page.goto(`${server.base}/dashboard/agents?org=${ada.org}`);
  await ready(ada.page, "agents");
  await ada.page.getByRole("button", { name: "Run scan now" }).click();
  await ada.page.getByLabel("Log of the agents").getByText(/profil/i).first().waitFor();
  // Chinook has eleven tables.
  await other.locator('[data-page="overview"]').getByText("11", { exact: true }).first().waitFor();
  assert.equal(await other.evaluate(() => window.notReloaded), true);
  await other.close();
});

test("whatever page is open shows what a scan found, without a reload", async () => {
  // Windows of their own: a browser has six connections for all tabs, and takes each of these for one that is looked at.
  const storageState = await ada.context.storageState();
  const tabs = {};
  for (const [name, path] of [["schema", "/schema/main.Genre"], ["graph", "/schema/graph"], ["quality", "/quality?table=main.Genre"], ["drift", "/drift"]]) {
    const { page: tab, faults } = await openPage(browser, { storageState });
    ada.faults.push(faults);
    tabs[name] = tab;
    await tab.goto(`${server.base}/dashboard${path}${path.includes("?") ? "&" : "?"}org=${ada.org}`);
    await ready(tab, name);
    await tab.evaluate(() => (window.notReloaded = true));
  }
  const { schema, graph, quality, drift } = tabs;
  const column = (tab) => tab.locator("main").getByText("Mood", { exact: true });
  await quality.getByRole("region", { name: "Column health" }).getByText("GenreId").waitFor();
  for (const tab of [schema, graph, quality]) assert.equal(await column(tab).count(), 0);
  await drift.getByText("No drift yet").waitFor();
  await sqlite(chinook.file, "ALTER TABLE Genre ADD COLUMN Mood TEXT; CREATE TABLE Mood (Id INTEGER PRIMARY KEY)");
  await scanNow(ada.page, ada.org, "database");
  await schema.locator("[data-column=Mood]").waitFor();
  await schema.getByText(/12 tables, .*; version 2$/).waitFor();
  await graph.locator('[data-table="main.Mood"]').waitFor();
  await quality.getByRole("region", { name: "Column health" }).getByText("Mood").waitFor();
  await drift.locator("[data-drift]").getByText("v1 → v2").waitFor();
  for (const [name, tab] of Object.entries(tabs)) {
    assert.equal(await tab.evaluate(() => window.notReloaded), true, name);
    await tab.context().close();
  }
});

test("what somebody else changed meanwhile is shown, and nothing that one wrote is lost or overwritten", async () => {
  const { page, org } = ada;
  const column = "main.Genre.Name";
  await page.goto(`${server.base}/dashboard/schema/main.Genre?org=${org}`);
  await ready(page, "schema");
  await page.getByRole("button", { name: `Edit the description of ${column}` }).click();
  const written = page.getByRole("textbox", { name: "Description" });
  await written.fill("What listeners call it");
  const described = { description: "As the catalogue has it" };
  assert.equal((await call(page, "PATCH", `/api/schema/objects/${column}`, described, org)).status, 200);
  await page.getByRole("button", { name: "Save description" }).click();
  const told = page.locator("[data-changed-meanwhile]");
  await told.getByText("As the catalogue has it").waitFor();
  assert.equal(await written.inputValue(), "What listeners call it");
  await told.getByRole("button", { name: "Save mine in its place" }).click();
  await page.locator("tr").getByText("What listeners call it").waitFor();

  await page.goto(`${server.base}/dashboard/settings?org=${org}&section=organization`);
  await ready(page, "settings");
  const days = page.getByRole("spinbutton", { name: "Days kept" });
  await days.fill("300");
  const retention = { versions: 40, days: 200 };
  assert.equal((await call(page, "PATCH", "/api/org", { retention }, org)).status, 200);
  await page.getByRole("button", { name: "Save retention" }).click();
  await told.getByText("40").waitFor();
  assert.equal(await days.inputValue(), "300");
  await told.getByRole("button", { name: "Take what there is" }).click();
  assert.equal(await days.inputValue(), "200");
  const kept = await call(page, "GET", "/api/org", undefined, org);
  assert.deepEqual(kept.body.retention, retention);
});

test("another organization sees none of it, by page or by API", async () => {
  const sources = await call(bob.page, "GET", "/api/sources", undefined, bob.org);
  assert.deepEqual([sources.status, sources.body.items.length], [200, 0]);
  const mine = await call(ada.page, "GET", "/api/sources", undefined, ada.org);
  const foreign = await call(bob.page, "GET", `/api/sources/${mine.body.items[0].id}`, undefined, bob.org);
  assert.equal(foreign.status, 404);
  const trespass = await call(bob.page, "GET", "/api/schema/latest", undefined, ada.org);
  assert.ok([403, 404].includes(trespass.status), `answered ${trespass.status}`);
  await bob.page.goto(`${server.base}/dashboard/schema?org=${bob.org}`);
  await ready(bob.page, "schema");
  assert.ok(!(await bob.page.content()).includes("InvoiceLine"));
});

test("one person's organizations, a tab each, stay apart through links and reloads", async () => {
  const created = await call(ada.page, "POST", "/api/orgs", { name: "Initech" });
  assert.equal(created.status, 201);
  await connect(created.body.slug, agents[1]);
  const tabs = [
    { page: ada.page, org: ada.org, name: "Acme", table: "main.InvoiceLine", foreign: "Beans" },
    { page: await ada.context.newPage(), org: created.body.slug, name: "Initech", table: "main.Beans", foreign: "InvoiceLine" },
  ];
  const shows = async ({ page, org, name, foreign }) => {
    await addressed(page, { org });
    await page.getByRole("button", { name: /^Switch organization/ }).getByText(name, { exact: true }).waitFor();
    assert.ok(!(await page.content()).includes(foreign), `${foreign} is in ${page.url()}`);
  };
  for (const { page, org } of tabs) {
    await page.goto(`${server.base}/dashboard/agents?org=${org}`);
    await ready(page, "agents");
    await scanNow(page, org, "database");
  }
  // Each page in both tabs before the next: what one tab does must not lead the other astray.
  for (const [link, page] of [["Schema", "schema"], ["Quality", "quality"], ["Drift", "drift"], ["Agents", "agents"], ["Settings", "settings"], ["Overview", "overview"]]) {
    for (const reload of [false, true]) {
      for (const tab of tabs) {
        if (reload) await tab.page.reload();
        else await tab.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: link, exact: true }).click();
        await ready(tab.page, page);
        if (page === "schema") await tab.page.getByRole("link", { name: new RegExp(tab.table.slice("main.".length)) }).first().waitFor();
        if (page === "settings") await tab.page.locator("main").getByText(tab.name, { exact: true }).first().waitFor();
        await shows(tab);
      }
    }
  }
  // A link into one's own table, from a page that names neither.
  for (const tab of tabs) {
    await tab.page.keyboard.press("Control+k");
    const palette = tab.page.getByRole("dialog", { name: "Search and commands" });
    await tab.page.keyboard.type(tab.table.slice(-5));
    await palette.getByText(tab.table).first().click();
    await ready(tab.page, "schema");
    await tab.page.locator(`[data-object="${tab.table}"]`).waitFor();
    await shows(tab);
  }
  // What belongs to the one organization is not there in the other.
  const astray = await call(ada.page, "GET", "/api/schema/objects/main.Beans", undefined, ada.org);
  assert.equal(astray.status, 404);
  await tabs[1].page.close();
});

test("nothing went wrong unnoticed", () => {
  // The refused calls above are the test's own, and Chromium writes each into the console.
  const own = (fault) => /status of 40[34]/.test(fault) && /\/api\/(sources\/|schema\/(latest|objects\/main\.Beans))/.test(fault);
  assert.deepEqual([...ada.faults, ...bob.faults].flat().filter((fault) => !own(fault)), []);
});
