// Incidents of the demo, as those who handle them do it: by mouse, by keys, one and several.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressed, fits, flaws, openBrowser, openPage, picture, ready, settled, signIn, widen } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api } from "../support/scan.mjs";

let demo, browser, page, faults, org;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  [org] = await api(page, "", "/api/auth/me").then((me) => me.memberships.map(({ slug }) => slug));
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const list = () => page.getByRole("list", { name: "Incidents" });
const rows = () => page.locator("[data-incident]");
const detail = () => page.getByRole("article", { name: "Incident" });
const timeline = () => detail().getByRole("region", { name: "Timeline" });
const button = (name) => detail().getByRole("button", { name, exact: true });

async function go(path) {
  await page.goto(new URL(`/dashboard/incidents${path}`, demo.base).href);
  await ready(page, "incidents");
  await settled(page);
}

// Incidents as the API has them, newest first; the active ones unless it is said otherwise.
const active = async (rest = "", state = "active") => (await api(page, org, `/api/incidents?state=${state}${rest}`)).items;
const ended = (rest) => active(rest, "ended");

// Opens an incident from the list, and waits until all of it is there.
async function show(incident) {
  await page.locator(`[data-incident="${incident.id}"]`).getByRole("button").click();
  await page.locator(`[data-detail="${incident.id}"]`).getByRole("heading", { name: incident.title }).waitFor();
  await settled(page);
}

async function more(name) {
  await detail().getByRole("button", { name: "More decisions" }).click();
  await page.getByRole("menuitem", { name }).click();
}

test("what is wrong is listed, and the navigation says how much it is", async () => {
  const link = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /^Incidents/ });
  const known = await active();
  assert.deepEqual(known.map(({ cause }) => cause).sort(), ["expectation", "freshness", "nulls", "schema"]);
  // Somebody has begun to look into the rates that stopped.
  assert.deepEqual(known.map(({ state }) => state).sort(), ["acknowledged", "open", "open", "open"]);
  await link.getByText(String(known.length), { exact: true }).waitFor();
  await link.click();
  await ready(page, "incidents");
  await settled(page);
  assert.equal(await rows().count(), known.length);
  await page.getByText(`${known.length} incidents are active`, { exact: false }).first().waitFor();
  await picture(page, "incidents");
});

test("words, severity, cause, assignee and state narrow the list, and the address keeps them", async () => {
  const [one] = await active("&cause=freshness");
  await page.getByRole("searchbox", { name: "Search incidents" }).fill(one.object);
  await page.getByRole("combobox", { name: "Cause" }).selectOption("freshness");
  await page.getByRole("combobox", { name: "Severity" }).selectOption(one.severity);
  await page.getByRole("combobox", { name: "Assignee" }).selectOption("none");
  await page.waitForFunction((id) => {
    const rows = [...document.querySelectorAll("[data-incident]")];
    return rows.length === 1 && rows[0].dataset.incident === id;
  }, one.id);
  await addressed(page, { q: one.object, cause: "freshness", severity: one.severity, assignee: "none" });
  await page.reload();
  await ready(page, "incidents");
  await settled(page);
  assert.equal(await rows().count(), 1);
  assert.equal(await page.getByRole("searchbox", { name: "Search incidents" }).inputValue(), one.object);
  await page.getByRole("searchbox", { name: "Search incidents" }).fill("no such thing");
  await page.getByText("No incident matches").waitFor();
  await picture(page, "incidents-no-match");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await rows().nth(1).waitFor();
  await page.getByRole("combobox", { name: "State" }).selectOption("ended");
  await page.waitForFunction(() => /resolved|expected/.test(document.querySelector("[data-incident]")?.textContent));
  await addressed(page, { state: "ended" });
  await picture(page, "incidents-ended");
});

test("incidents are narrowed to whose data they are about, and the address keeps it", async () => {
  const owner = page.getByRole("combobox", { name: "Owner" });
  const shown = (incidents) =>
    page.waitForFunction(
      (wanted) => [...document.querySelectorAll("[data-incident]")].map(({ dataset }) => dataset.incident).sort().join() === wanted,
      incidents.map(({ id }) => id).sort().join(),
    );
  const [owned, nobodys, all] = [await active("&owner=team-finance"), await active("&owner=none"), await active()];
  assert.ok(owned.length > 0 && owned.length < all.length && owned.length + nobodys.length <= all.length, JSON.stringify(all));
  await go("");
  await owner.selectOption("none");
  await shown(nobodys);
  await addressed(page, { owner: "none" });
  await go("?owner=team-finance");
  assert.equal(await owner.inputValue(), "team-finance");
  await shown(owned);
  await owner.selectOption("");
  await shown(all);
  await addressed(page, { owner: null });
});

test("an incident says what was found, what was expected and what happened, and leads to where it shows", async () => {
  await go("?state=any");
  for (const cause of ["nulls", "volume", "freshness", "schema"]) {
    const [incident] = await active(`&cause=${cause}`, cause === "volume" ? "ended" : "active");
    await show(incident);
    await detail().getByRole("region", { name: "What was found" }).waitFor();
    await timeline().getByText("Bastion").first().waitFor();
    if (cause === "nulls" || cause === "volume") await detail().locator("figure svg").first().waitFor();
    if (cause === "nulls") {
      await button("Sensitivity: medium").first().click();
      await detail().getByRole("region", { name: "Sensitivity" }).locator("[data-current=medium]").waitFor();
    }
    await picture(page, `incident-${cause}`);
    for (const link of await detail().getByRole("link").all()) assert.ok(await link.getAttribute("href"));
  }
  await detail().getByRole("link", { name: "The drift event" }).click();
  const event = page.getByRole("dialog", { name: "Drift event" });
  const [incident] = await active("&cause=schema");
  await picture(page, "drift-event-incidents");
  await event.getByRole("region", { name: "Incidents of this event" }).getByRole("link").first().click();
  await page.locator(`[data-detail="${incident.id}"]`).waitFor();
  await page.goBack();
  await event.waitFor();
});

test("one is acknowledged, taken, commented, hushed, ended and opened again, and its timeline says who did what", async () => {
  await go("");
  const [incident] = await active("&cause=schema");
  await show(incident);
  await button("Acknowledge").click();
  await timeline().getByText("Acknowledged").waitFor();
  await button("Assign to me").click();
  await button("Give it back").waitFor();
  await more("Assign to somebody…");
  const dialog = page.getByRole("dialog", { name: "Assign the incident" });
  await dialog.getByLabel("Who handles it").waitFor();
  await picture(page, "incident-assign");
  await dialog.getByLabel("Who handles it").selectOption({ label: "Nobody" });
  await dialog.getByRole("button", { name: "Assign", exact: true }).click();
  await timeline().getByText("Assigned to nobody").waitFor();
  assert.ok(await button("Comment").isDisabled());
  await detail().getByRole("textbox", { name: "Comment" }).fill("The campaign's\n<b>codes</b> went with it");
  await button("Comment").click();
  await timeline().getByText("<b>codes</b> went with it").waitFor();
  await more("Snooze for a week");
  await detail().getByText(/^snoozed until/).waitFor();
  await picture(page, "incident-snoozed");
  await detail().getByRole("textbox", { name: "Comment" }).fill("It is back");
  await button("Resolve").click();
  await timeline().getByText("It is back").waitFor();
  await button("Open again").waitFor();
  await picture(page, "incident-resolved");
  // It has left the list of what is active, but stays open beside it.
  await page.waitForFunction((id) => !document.querySelector(`[data-incident="${id}"]`), incident.id);
  await button("Open again").click();
  await button("Acknowledge").waitFor();
  await page.locator(`[data-incident="${incident.id}"]`).getByText("opened again 1 time").waitFor();
  const { timeline: said } = await api(page, org, `/api/incidents/${incident.id}`);
  const kinds = said.map(({ kind }) => kind).slice(-7);
  assert.deepEqual(kinds, ["acknowledged", "assigned", "assigned", "commented", "snoozed", "resolved", "reopened"]);
  assert.ok(said.slice(-7).every(({ actor }) => actor === "Dana Demo"));
});

test("keys go through the list and decide, but not while somebody writes", async () => {
  await go("");
  await page.keyboard.press("j");
  const first = await rows().first().getAttribute("data-incident");
  await page.locator(`[data-detail="${first}"]`).waitFor();
  await page.keyboard.press("j");
  const second = await rows().nth(1).getAttribute("data-incident");
  await page.locator(`[data-detail="${second}"]`).waitFor();
  await settled(page);
  await page.keyboard.press("k");
  await page.locator(`[data-detail="${first}"]`).waitFor();
  await detail().getByRole("textbox", { name: "Comment" }).fill("");
  await page.keyboard.type("raw");
  assert.equal(await detail().getByRole("textbox", { name: "Comment" }).inputValue(), "raw");
  await detail().getByRole("heading", { level: 2 }).click();
  await page.keyboard.press("w");
  await timeline().getByText("Work began").waitFor();
  await page.keyboard.press("x");
  await detail().waitFor({ state: "detached" });
  await page.waitForFunction(() => !new URLSearchParams(location.search).has("incident"));
});

const choose = ({ title }) => page.getByRole("checkbox", { name: `Choose: ${title}`, exact: true }).check();
const bulk = (name) => page.locator("[data-bulk]").getByRole("button", { name, exact: true });

test("several are decided at once, and what was refused is said", async () => {
  await go("?state=ended&cause=nulls");
  // Of each object and cause one is active at the most: an older one beside it is not opened again.
  const taken = new Set((await active("&cause=nulls")).map(({ object }) => object));
  const some = (await ended("&cause=nulls")).filter(({ object }) => !taken.has(object)).slice(0, 3);
  for (const one of some) await choose(one);
  await page.locator("[data-bulk]").getByText("3 chosen").waitFor();
  await picture(page, "incidents-bulk");
  await bulk("More for all that are chosen").click();
  await page.getByRole("menuitem", { name: "Open again" }).click();
  await page.getByText("Done: 3 incidents.").waitFor();
  await page.locator("[data-bulk]").waitFor({ state: "detached" });
  await go("");
  await choose(some[0]);
  await bulk("Acknowledge").click();
  await page.getByText("Done: 1 incident.").waitFor();
  for (const one of some.slice(0, 2)) await choose(one);
  await bulk("Acknowledge").click();
  await page.getByText(/^Done: 1 incident; refused: 1\./).waitFor();
  const states = new Map((await active()).map(({ id, state }) => [id, state]));
  assert.deepEqual(some.map(({ id }) => states.get(id)), ["acknowledged", "acknowledged", "open"]);
});

test("odd values are called normal, and their incident ends", async () => {
  const [incident] = await active("&cause=nulls");
  await go("");
  await show(incident);
  await detail().getByRole("textbox", { name: "Comment" }).fill("The provider never sent them");
  await more("Mark as normal");
  await timeline().getByText(/called normal/).waitFor();
  await button("Open again").waitFor();
  await detail().getByRole("button", { name: "More decisions" }).click();
  assert.ok(await page.getByRole("menuitem", { name: "Mark as normal" }).isDisabled());
  await page.keyboard.press("Escape");
  const { anomalies } = await api(page, org, `/api/incidents/${incident.id}`);
  assert.ok(anomalies.length > 0 && anomalies.every(({ normal }) => normal), JSON.stringify(anomalies));
});

test("one is merged into another, which it then leads to", async () => {
  const [one, other] = await active("&cause=nulls");
  await go("");
  await show(one);
  await more("Merge into another…");
  const dialog = page.getByRole("dialog", { name: "Merge the incident" });
  await dialog.getByLabel("Into").selectOption(other.id);
  await picture(page, "incident-merge");
  await dialog.getByRole("button", { name: "Merge", exact: true }).click();
  await detail().getByRole("link", { name: "the incident that stands for it" }).click();
  await page.locator(`[data-detail="${other.id}"]`).waitFor();
  await timeline().getByText(/^Took in/).waitFor();
});

test("the overview leads to what needs attention", async () => {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Overview" }).click();
  await ready(page, "overview");
  const [[incident], [owned]] = [await active("&cause=freshness"), await active("&owner=team-finance")];
  const link = ({ severity, title }) => page.locator("main").getByRole("link", { name: `${severity} ${title}` });
  await link(owned).getByText("team-finance", { exact: true }).waitFor();
  await link(incident).click();
  await page.locator(`[data-detail="${incident.id}"]`).waitFor();
});

test("a narrow window shows the list or the incident, without scrolling sideways", async () => {
  const [incident] = await active();
  for (const [path, name] of [["", "incidents"], [`?incident=${incident.id}`, "incident"]]) {
    await go(path);
    await fits(page);
    await picture(page, `narrow-${name}`);
  }
  await detail().getByRole("button", { name: "All incidents" }).click();
  await list().waitFor();
  await widen(page);
});

test("where there is no incident, the page says so, and what it will show", async () => {
  const fresh = await openPage(browser);
  await signIn(fresh.page, demo.base, demo.credentials);
  await ready(fresh.page, "overview");
  const slug = await fresh.page.evaluate(async () => {
    const body = JSON.stringify({ name: "Calm Waters" });
    const answer = await fetch("/api/orgs", { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await answer.json()).slug;
  });
  await fresh.page.goto(new URL(`/dashboard/incidents?org=${slug}`, demo.base).href);
  await fresh.page.getByText("No incident is active").first().waitFor();
  await fresh.page.getByRole("button", { name: "Show what is over" }).waitFor();
  await picture(fresh.page, "empty-incidents");
  await fresh.context.close();
});

test("nothing went wrong unnoticed", () => {
  assert.deepEqual(faults, []);
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
});
