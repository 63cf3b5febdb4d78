// The demo, as somebody sees it who tries Bastion for the first time.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fits, flaws, openBrowser, openPage, picture, ready, settled, signIn, widen } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api, scanNow } from "../support/scan.mjs";

let demo, browser, page, faults, org;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  [org] = (await api(page, "", "/api/auth/me")).memberships.map(({ slug }) => slug);
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

test("the history spans its days, by the days' own clock, and its scans took their time", async () => {
  const { items: versions } = await api(page, org, "/api/schema/history?limit=200");
  const days = (Date.parse(versions[0].captured_at) - Date.parse(versions.at(-1).captured_at)) / 86_400_000;
  assert.ok(versions.length > 12 && days > 60 && days < 76, `${versions.length} versions in ${days} days`);
  const overview = await api(page, org, "/api/overview");
  assert.ok(overview.previous.schema_version < overview.schema_version, JSON.stringify(overview.previous));
  const { items: runs } = await api(page, org, "/api/scan/runs?limit=200");
  // One on each day, whether something was changed on it or not; a dozen migrations made a version each.
  const daily = runs.filter(({ trigger }) => trigger === "manual").map((run) => run.created_at.slice(0, 10));
  assert.deepEqual([daily.length, new Set(daily).size], [76, 76]);
  const took = runs.map((run) => Date.parse(run.finished_at) - Date.parse(run.started_at));
  assert.ok(took.every((millis) => millis > 0 && millis < 60_000), `${took}`);
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
});

test("a table's description is told with whose words it is, and can be written in place", async () => {
  await page.goto(new URL("/dashboard/schema/main.payments", demo.base).href);
  await ready(page, "schema");
  const words = "Each attempt to pay for an order, also those that were refused";
  await page.getByRole("button", { name: "Edit the description of main.payments", exact: true }).click();
  await page.getByRole("textbox", { name: "Description" }).fill(words);
  await page.getByRole("button", { name: "Save description" }).click();
  await page.getByText("Description saved.").waitFor();
  await page.reload();
  await ready(page, "schema");
  const object = page.locator("[data-object]");
  await object.getByText(words, { exact: true }).waitFor();
  await object.getByLabel("Written by a person").first().waitFor();
  await picture(page, "schema-described");
});

test("a table's history has each of its versions, and leads to the schema's", async () => {
  const { history } = await api(page, org, "/api/schema/objects/main.orders");
  assert.ok(history.length > 2, `${history.length} versions`);
  await page.goto(new URL("/dashboard/schema/main.orders", demo.base).href);
  await page.getByRole("tab", { name: `History ${history.length}` }).click();
  const panel = page.getByRole("tabpanel", { name: /^History/ });
  for (const { version } of history) await panel.getByText(`version ${version}`, { exact: true }).waitFor();
  await panel.getByText("main.orders.discount_code").first().waitFor();
  await picture(page, "schema-history");
  await panel.getByRole("link", { name: "All versions of the schema" }).click();
  const table = page.getByRole("table", { name: "Version history" });
  await table.waitFor();
  const { items: versions } = await api(page, org, "/api/schema/history?limit=200");
  const numbers = await table.locator("tbody").getByRole("row").evaluateAll((rows) => rows.map((row) => Number(row.cells[1].textContent)));
  assert.deepEqual(numbers, versions.map(({ version }) => version));
  await table.getByRole("row").last().getByText("First version").waitFor();
  await picture(page, "schema-versions");
});

test("a table's values are described without any of them", async () => {
  await page.goto(new URL("/dashboard/schema/main.customers?tab=values", demo.base).href);
  await ready(page, "schema");
  const email = page.getByRole("row").filter({ has: page.locator("[data-values=email]") });
  await email.getByText("e-mail address").waitFor();
  await email.getByText("direct").waitFor();
  await picture(page, "schema-values");
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

test("an event's changes lie in their groups, and only what breaks is in the colour for it", async () => {
  const { items } = await api(page, org, "/api/drift?limit=200");
  const details = [];
  for (const { id } of items) details.push(await api(page, org, `/api/drift/${id}`));
  const eventOf = (kind, path) =>
    details.find(({ changes }) => changes.some((change) => change.kind === kind && change.path === path));
  const groups = {
    "Added tables": /^(table|view)\.added$/,
    "Removed tables": /^(table|view)\.dropped$/,
    "Modified columns": /^column\./,
    "Type changes": /\.type_changed$/,
  };
  for (const [group, kind, path] of [
    ["Added tables", "table.added", "main.coupons"],
    ["Removed tables", "table.dropped", "main.wishlist_items"],
    ["Modified columns", "column.dropped", "main.orders.discount_code"],
    ["Type changes", "column.type_changed", "main.order_items.unit_price"],
  ]) {
    const { id, changes } = eventOf(kind, path);
    await page.goto(new URL(`/dashboard/drift?event=${id}`, demo.base).href);
    const dialog = page.getByRole("dialog", { name: "Drift event" });
    for (const [name, kinds] of Object.entries(groups)) {
      const own = changes.filter((change) => kinds.test(change.kind));
      await dialog.getByRole("tab", { name: `${name} ${own.length}`, exact: true }).click();
      const panel = dialog.getByRole("tabpanel", { name: `${name} ${own.length}` });
      if (own.length === 0) await panel.getByText(`${name}: none in this event.`).waitFor();
      const shown = await panel.locator("[data-change]").evaluateAll((lines) => lines.map((line) => line.dataset.change));
      assert.deepEqual(shown.sort(), own.map((change) => change.kind).sort());
    }
    const panel = dialog.getByRole("tabpanel");
    await dialog.getByRole("tab", { name: new RegExp(`^${group}`) }).click();
    await panel.getByText(path, { exact: true }).first().waitFor();
    await dialog.getByRole("tab", { name: /^All/ }).click();
    await panel.locator("[data-change]").nth(changes.length - 1).waitFor();
    for (const theme of ["light", "dark"]) {
      const lines = await panel.locator("[data-change]").evaluateAll((lines, theme) => {
        document.documentElement.dataset.theme = theme;
        const probe = document.createElement("i");
        probe.style.color = "var(--bad)";
        document.body.append(probe);
        const bad = getComputedStyle(probe).color;
        probe.remove();
        return lines.map((line) => ({
          breaking: /(readers|writers): breaking/.test(line.textContent),
          // Its edge and its mark.
          red: [getComputedStyle(line).borderTopColor === bad, getComputedStyle(line.querySelector("svg")).color === bad],
        }));
      }, theme);
      assert.equal(lines.length, changes.length);
      assert.ok(lines.some(({ breaking }) => breaking), path);
      for (const { breaking, red } of lines) assert.deepEqual(red, [breaking, breaking], `${path} ${theme}`);
    }
  }
  await page.keyboard.press("Escape");
});

test("events are searched and narrowed by the server", async () => {
  const events = page.getByRole("list", { name: "Drift events" });
  const all = await events.getByRole("listitem").count();
  await page.getByRole("searchbox", { name: "Search events" }).fill("discount_code");
  await page.waitForFunction((all) => document.querySelectorAll("[data-drift]").length < all, all);
  await events.getByText("main.orders.discount_code").first().waitFor();
  await page.getByRole("searchbox", { name: "Search events" }).fill("no such thing");
  await page.getByText("No event matches").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await events.getByText("main.orders.discount_code").first().waitFor();
});

test("what is decided beforehand is tried out, kept with its author, and holds", async () => {
  // On a page of its own: that a policy is faulty is answered with 400, which the browser calls an error.
  const own = await openPage(browser);
  const page = own.page;
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  await page.goto(new URL("/dashboard/drift", demo.base).href);
  await ready(page, "drift");
  await page.getByRole("tab", { name: "Policy" }).click();
  await page.getByText("Nothing is decided beforehand").waitFor();
  await page.getByText("No version yet").waitFor();
  await picture(page, "drift-policy-empty");
  const editor = page.getByRole("textbox", { name: "Policy as YAML" });
  const rule = (kind) => `# Agreed with the data team
version: 1
rules:
  - kind: ${kind}
    path: main.*.*
    action: lower
    to: safe
    reason: nobody outside the shop reads it
    author: Ada
`;
  await editor.fill(rule("colum.dropped"));
  await page.getByRole("button", { name: "Preview effect" }).click();
  await page.locator("[data-fault]").getByText("there is no kind of change").waitFor();
  await page.getByRole("button", { name: "Go to line 4" }).waitFor();
  await picture(page, "drift-policy-fault");
  await editor.fill(rule("column.dropped"));
  await page.getByRole("button", { name: "Preview effect" }).click();
  await page.locator("[data-preview]").getByText(/would be judged otherwise/).waitFor();
  await picture(page, "drift-policy-preview");
  await page.getByLabel(/^Why/).fill("Agreed on Monday");
  await page.getByRole("button", { name: "Save policy" }).click();
  await page.getByText("Policy saved as version 1").waitFor();
  await page.getByRole("button", { name: "Announce", exact: true }).click();
  await page.getByLabel("From (UTC)").fill("2035-06-01T20:00");
  await page.getByLabel("Until (UTC)").fill("2035-06-01T22:00");
  await page.getByLabel(/^Path/).fill("main.orders.**");
  await page.getByLabel("What is deployed").fill("Release 12: addresses in a table of their own");
  await picture(page, "drift-policy-announce");
  await page.getByRole("button", { name: "Announce migration" }).click();
  await page.getByRole("region", { name: "Announced migrations" }).getByText("planned").waitFor();
  await page.getByRole("cell", { name: "Agreed on Monday" }).waitFor();
  assert.match(await editor.inputValue(), /^# Agreed with the data team/);
  await picture(page, "drift-policy");
  // What was found before stays as it was judged; one change of it is expected.
  await page.getByRole("tab", { name: "Events" }).click();
  await page.getByText("main.orders.discount_code").first().click();
  const dialog = page.getByRole("dialog", { name: "Drift event" });
  await dialog.getByRole("tab", { name: /All/ }).click();
  await dialog.getByRole("button", { name: /^Ignore until/ }).first().click();
  await dialog.getByLabel("Ignore until").waitFor();
  await picture(page, "drift-event-ignore");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: /^Expected ?: main.orders.discount_code/ }).click();
  await dialog.getByLabel("Reason", { exact: true }).fill("Coupons replaced it");
  await dialog.getByRole("button", { name: "Mark as expected" }).click();
  await dialog.locator("[data-ruling]").getByText("Coupons replaced it").waitFor();
  await dialog.getByText("found breaking").first().waitFor();
  await picture(page, "drift-event-expected");
  await own.context.close();
});

test("a scan by hand goes through live, with its log lines, and without a reload", async () => {
  await open("Agents");
  await ready(page, "agents");
  await page.evaluate(() => (window.notReloaded = true));
  const [source] = await api(page, org, "/api/sources").then(({ items }) => items.map(({ name }) => name));
  await scanNow(page, org, source);
  const log = page.getByLabel("Log of the agents");
  await log.getByText(/profil/i).first().waitFor();
  // The agent says what its owner lets it take of the database.
  await page.locator(`[data-database="${source}"]`).getByText("a profile reads 2% of the time").waitFor();
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  const { agents } = await api(page, org, "/api/agents");
  assert.deepEqual(agents.map(({ name, status, last_state }) => [name, status, last_state]), [
    ["metadata", "idle", "succeeded"],
    ["semantic", "idle", "succeeded"],
    ["drift", "idle", "succeeded"],
  ]);
  for (const name of ["Metadata", "Semantic", "Drift"]) {
    const card = page.locator("main section").filter({ has: page.getByRole("heading", { name: `${name} agent`, exact: true }) });
    await card.getByText("idle", { exact: true }).waitFor();
    const lastRun = card.getByRole("term").filter({ hasText: "Last run" }).locator("xpath=following-sibling::dd");
    await lastRun.getByText("just now", { exact: true }).waitFor();
  }
  await picture(page, "agents");
  // How far it read, and what that was allowed to cost.
  await page.getByRole("table", { name: "Runs" }).getByRole("row").nth(1).click();
  await page.locator("[data-step=profile]").getByText(/tables: \d.*; limits: 2% of the time beside others/).waitFor();
});

test("the settings show the connection without its secrets, and each section what it is for", async () => {
  await open("Settings");
  await ready(page, "settings");
  await picture(page, "settings");
  const html = await page.content();
  assert.ok(!html.includes(demo.credentials.password));
  for (const [link, text] of [
    ["Members", "Invitations"],
    ["API keys", "API keys"],
    ["Audit log", "Audit log"],
    ["Organization", "Organization"],
  ]) {
    await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: link }).click();
    await page.locator("main").getByRole("heading", { name: text }).first().waitFor();
    await settled(page);
    await picture(page, `settings-${link.toLowerCase().replaceAll(" ", "-")}`);
  }
});

test("a source's connection is tested rung by rung", async () => {
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Sources" }).click();
  await page.getByRole("button", { name: "Test", exact: true }).first().click();
  await page.getByText("The connection works").waitFor();
  await picture(page, "settings-sources");
});

test("the organization's keys are rotated, and its secrets rewritten", async () => {
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Security" }).click();
  await page.getByRole("button", { name: "Rotate keys" }).click();
  await page.getByRole("dialog", { name: "Rotate keys" }).getByRole("button", { name: "Rotate keys" }).click();
  await page.getByText("Data key version 2 made.").waitFor();
  const old = page.locator("[data-old-secrets]");
  assert.notEqual((await old.textContent()).trim(), "0");
  await page.getByRole("button", { name: "Re-run encryption" }).click();
  await page.locator("[data-rewritten]").getByText("0 still on an older key").waitFor();
  assert.equal((await old.textContent()).trim(), "0");
  await picture(page, "settings-security");
});

test("the audit log is searched, verified and taken along", async () => {
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Audit log" }).click();
  const rows = page.getByRole("table", { name: "Audit log" }).getByRole("row");
  await page.getByRole("searchbox", { name: "What", exact: true }).fill("rotated");
  await rows.getByText("data_key.rotated").first().waitFor();
  await rows.getByText("secrets.re_encrypted").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Verify the log" }).click();
  await page.locator("[data-audit-intact='true']").waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const lines = (await readFile(await (await downloading).path(), "utf8")).trim().split("\r\n");
  assert.equal(lines.length, 2, "the heading, and what was searched for");
  assert.match(lines[1], /"data_key.rotated"/);
  await picture(page, "settings-audit-log-searched");
});

test("Ctrl K finds pages and tables", async () => {
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  await palette.waitFor();
  await page.keyboard.type("paym");
  await palette.getByText("main.payments").first().waitFor();
  await picture(page, "palette");
  await page.keyboard.press("Escape");
});

test("a narrow window shows everything without scrolling sideways", async () => {
  for (const [path, name] of [
    ["", "overview"],
    ["/schema", "schema"],
    ["/schema/main.payments", "schema"],
    ["/schema/graph", "graph"],
    ["/quality", "quality"],
    ["/quality?view=expectations", "quality"],
    ["/drift", "drift"],
    ["/drift?view=policy", "drift"],
    ["/agents", "agents"],
    ["/settings", "settings"],
    ["/settings?section=members", "settings"],
  ]) {
    await page.goto(new URL(`/dashboard${path}`, demo.base).href);
    await ready(page, name);
    await settled(page);
    await fits(page);
    await picture(page, `narrow-${path.split("/").at(-1).replace(/\?\w+=/, "-") || "overview"}`);
  }
  // A table takes the place of the list, which is a step away.
  await page.goto(new URL("/dashboard/schema/main.payments", demo.base).href);
  await ready(page, "schema");
  const list = page.getByRole("region", { name: "Tables and views" });
  await page.getByRole("heading", { name: "main.payments" }).waitFor();
  assert.equal(await list.isVisible(), false);
  await page.getByRole("link", { name: "All tables" }).click();
  await list.waitFor();
  await widen(page);
});

test("whoever is not signed in sees what Bastion is, and can sign in; a wrong address says so", async () => {
  const stranger = await openPage(browser);
  for (const [path, name] of [["/", "landing"], ["/sign-in", "sign-in"], ["/nowhere", "not-found"]]) {
    await stranger.page.goto(new URL(path, demo.base).href);
    await stranger.page.locator("main h1").first().waitFor({ state: "attached" });
    await picture(stranger.page, name);
    await fits(stranger.page);
    await widen(stranger.page);
  }
  await stranger.context.close();
});

test("an organization without a source says on every page what will be there, and what to do", async () => {
  // On a page of its own: that there is no version yet is answered with 404, which the browser calls an error.
  const fresh = await openPage(browser);
  await signIn(fresh.page, demo.base, demo.credentials);
  await ready(fresh.page, "overview");
  const slug = await fresh.page.evaluate(async () => {
    const body = JSON.stringify({ name: "Empty Handed" });
    const answer = await fetch("/api/orgs", { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await answer.json()).slug;
  });
  const main = fresh.page.locator("main");
  const connect = main.getByRole("link", { name: "Connect a source", exact: true });
  for (const [path, says, todo] of [
    ["", "No database is monitored yet", connect],
    ["/schema", "There is no snapshot yet", connect],
    ["/schema/graph", "There is no table to draw", connect],
    ["/quality", "No column has been measured yet", connect],
    ["/drift", "No drift yet", main.getByText("When a scan finds the schema changed")],
    ["/agents", "No scan has run yet", connect],
    ["/settings?section=sources", "No source yet", main.getByRole("button", { name: "Add source" }).first()],
  ]) {
    await fresh.page.goto(new URL(`/dashboard${path}${path.includes("?") ? "&" : "?"}org=${slug}`, demo.base).href);
    await main.getByText(says).first().waitFor();
    await todo.waitFor();
    await settled(fresh.page);
    await picture(fresh.page, `empty-${path.split("/").at(-1).replace(/\?\w+=/, "-") || "overview"}`);
  }
  // Which leads to where one is connected.
  await fresh.page.goto(new URL(`/dashboard/schema?org=${slug}`, demo.base).href);
  await connect.click();
  await ready(fresh.page, "onboarding");
  await fresh.page.getByRole("tab", { name: "Direct bastion-mcp" }).waitFor();
  await fresh.context.close();
});

test("nothing went wrong unnoticed", () => {
  assert.deepEqual(faults, []);
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
});
