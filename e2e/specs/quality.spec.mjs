// The quality page: every column's health, narrowed by table and time, and the charts that go with it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressed, flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api } from "../support/scan.mjs";
import { duration, percent } from "../support/words.mjs";

const TABLE = "main.payments";

let demo, browser, page, faults, org;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  [{ slug: org }] = (await api(page, "", "/api/auth/me")).memberships;
  await page.goto(new URL("/dashboard/quality", demo.base).href);
  await ready(page, "quality");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const health = () => page.getByRole("region", { name: "Column health" });
const rows = () => health().locator("tbody").getByRole("row");
const filter = (name) => page.getByRole("group", { name: "Filters" }).getByRole("combobox", { name });
const chart = (name) => page.getByRole("group", { name, exact: true });

// What the charts are drawn from once `act` has narrowed them.
async function trends(act) {
  const answer = page.waitForResponse((response) => response.url().includes("/api/quality/trends"));
  await act();
  const response = await answer;
  return { asked: new URL(response.url()).searchParams, ...(await response.json()) };
}

test("the page has its three charts, and a row for every column", async () => {
  for (const name of ["Freshness over time", "Null spikes", "Row count trend"]) {
    await page.getByRole("heading", { name, exact: true }).waitFor();
  }
  for (const head of ["Table", "Column", "Freshness", "Null %", "Uniqueness %", "Health"]) {
    await health().getByRole("columnheader", { name: head }).waitFor();
  }
  await picture(page, "quality");
  const { items } = await api(page, org, "/api/quality?limit=200");
  assert.ok(items.length > 40, `${items.length} columns`);
  assert.equal(await rows().count(), items.length);
  await page.getByRole("heading", { name: "Column health" }).scrollIntoViewIfNeeded();
  await page.mouse.wheel(0, 2000);
  await picture(page, "quality-table");
});

test("each row says what the API answers of its column", async () => {
  const answer = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/quality");
  await page.reload();
  const { items } = await (await answer).json();
  await ready(page, "quality");
  const shown = await rows().evaluateAll((rows) =>
    rows.map(({ cells }) => [
      cells[0].textContent,
      cells[1].textContent,
      cells[2].textContent,
      ...[3, 4].map((at) => cells[at].querySelector("[role=img]").textContent),
      cells[5].textContent,
      cells[5].firstElementChild.title,
    ]),
  );
  assert.deepEqual(
    shown,
    items.map((one) => [
      one.table,
      `${one.column} ${one.type}`,
      duration(one.freshness_seconds),
      percent(one.null_percent),
      percent(one.uniqueness_percent),
      one.health === "unknown" ? "not measured" : one.health,
      one.deductions.map(({ reason }) => reason).join(" "),
    ]),
  );
  // The worst first, and not all alike.
  for (const key of ["freshness_seconds", "null_percent", "uniqueness_percent", "health"]) {
    assert.ok(new Set(items.map((one) => one[key])).size > 1, key);
  }
  assert.notEqual(items[0].health, "healthy");
});

test("freshness and NULLs are drawn from their series, with a mark at each spike", async () => {
  const { freshness, null_percent, null_spikes } = await trends(() => page.reload());
  await ready(page, "quality");
  assert.ok(null_spikes.length > 0 && freshness.length > 1 && null_percent.length > 1);
  for (const [name, series] of [["Freshness over time", freshness], ["NULL percentage over time", null_percent]]) {
    // Drawn right after the page has its data.
    await chart(name).locator(".chart-line").first().waitFor({ state: "attached" });
    const paths = await chart(name).locator(".chart-line").evaluateAll((lines) => lines.map((line) => line.getAttribute("d")));
    const stops = paths.map((path) => path.match(/[MLC]/g)?.length ?? 0);
    const known = series.slice(0, 8).map(({ points }) => points.filter(({ value }) => value !== null).length);
    assert.deepEqual(stops, known, name);
  }
  const from = Math.min(...null_percent.map(({ points }) => Date.parse(points[0].at)));
  const within = null_spikes.filter(({ at }) => Date.parse(at) >= from);
  assert.equal(await chart("NULL percentage over time").locator(".chart-marker").count(), within.length);
  const listed = await page.getByRole("list", { name: "Null spikes" }).getByRole("button").allTextContents();
  assert.deepEqual(listed, null_spikes.slice(0, 5).map(({ table, column }) => `${table}.${column}`));
});

test("a table narrows the rows and the charts to it, and the address keeps it", async () => {
  const { items } = await api(page, org, `/api/quality?limit=200&table=${TABLE}`);
  const { asked, row_count, freshness } = await trends(() => filter("Table").selectOption({ label: TABLE }));
  assert.equal(asked.get("table"), TABLE);
  assert.deepEqual([...row_count, ...freshness].map(({ name }) => name), [TABLE, TABLE]);
  await page.waitForFunction(
    (table) => [...document.querySelectorAll("main tbody tr")].every((row) => row.cells[0].textContent === table),
    TABLE,
  );
  const columns = await rows().evaluateAll((rows) => rows.map((row) => row.cells[1].firstChild.textContent.trim()));
  assert.deepEqual(columns.sort(), items.map(({ column }) => column).sort());
  await addressed(page, { table: TABLE });
});

test("a date range narrows the charts to its days, and a reload keeps both", async () => {
  const days = (points) => (Date.now() - Date.parse(points[0].at)) / 86_400_000;
  const before = await api(page, org, `/api/quality/trends?table=${TABLE}`);
  assert.ok(days(before.row_count[0].points) > 20);
  const { asked, row_count } = await trends(() => filter("Date range").selectOption({ label: "Last 7 days" }));
  const back = (Date.now() - Date.parse(asked.get("from"))) / 86_400_000;
  assert.ok(back >= 7 && back < 8.1, asked.get("from"));
  const [{ points }] = row_count;
  assert.ok(points.length > 1 && days(points) < 8.1, JSON.stringify(points));
  await addressed(page, { table: TABLE, range: "7d" });
  await page.reload();
  await ready(page, "quality");
  assert.deepEqual([await filter("Table").inputValue(), await filter("Date range").inputValue()], [TABLE, "7d"]);
  await settled(page);
  await picture(page, "quality-narrowed");
});

test("all time is all that was measured", async () => {
  const { row_count } = await trends(() => filter("Date range").selectOption({ label: "All time" }));
  const days = (Date.now() - Date.parse(row_count[0].points[0].at)) / 86_400_000;
  assert.ok(days > 60, `${days} days`);
  await trends(() => filter("Date range").selectOption({ label: "Last 7 days" }));
});

test("the pointer over a chart, or its keys, tell a point's time and value", async () => {
  const { row_count } = await trends(() => page.reload());
  await ready(page, "quality");
  const [{ points }] = row_count;
  const written = (point) => point.value.toLocaleString("en-US");
  const rowCount = chart("Row count trend");
  const tooltip = rowCount.locator(".chart-tooltip");
  await rowCount.scrollIntoViewIfNeeded();
  assert.equal(await tooltip.isVisible(), false);
  const { width } = await rowCount.boundingBox();
  await rowCount.hover({ position: { x: width - 4, y: 100 } });
  await tooltip.getByText(written(points.at(-1)), { exact: true }).waitFor();
  await tooltip.getByText(TABLE, { exact: true }).waitFor();
  await picture(page, "quality-tooltip");
  await page.mouse.move(0, 0);
  await tooltip.waitFor({ state: "hidden" });
  await rowCount.press("Home");
  await tooltip.getByText(written(points[0]), { exact: true }).waitFor();
  assert.notEqual(written(points[0]), written(points.at(-1)));
});

test("a chart follows the width of its window", async () => {
  // Until the drawn line ends within the chart, near its right edge.
  const drawn = (width) =>
    page.waitForFunction((width) => {
      const chart = document.querySelector('[aria-roledescription="chart"][aria-label="Row count trend"]');
      const line = chart.querySelector(".chart-line").getBBox();
      const right = line.x + line.width;
      return window.innerWidth === width && chart.clientWidth < width && right <= chart.clientWidth && right > chart.clientWidth * 0.8;
    }, width);
  for (const width of [1440, 390, 768]) {
    await page.setViewportSize({ width, height: 844 });
    await drawn(width);
  }
});

test("a column's panel says what each sensitivity would have told, and keeps the one that is chosen", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const column = "provider_reference";
  const [stats] = (await api(page, org, `/api/quality?table=${TABLE}&q=${column}`)).items;
  const said = async () => (await api(page, org, `/api/sensitivity?source=${stats.source}`)).settings;
  assert.deepEqual(await said(), []);
  const key = encodeURIComponent(`${stats.source}/${TABLE}.${column}`);
  await page.goto(new URL(`/dashboard/quality?table=${TABLE}&column=${key}`, demo.base).href);
  await ready(page, "quality");
  const panel = page.getByRole("region", { name: "Sensitivity" });
  const replays = (await api(page, org, `/api/sensitivity/preview?table=${TABLE}&column=${column}`)).replays;
  assert.deepEqual(replays.map(({ sensitivity }) => sensitivity), ["low", "medium", "high"]);
  assert.ok(replays.every(({ alarms }) => alarms >= 1), JSON.stringify(replays.map(({ alarms }) => alarms)));
  await panel.locator("[data-current=medium]").waitFor();
  await panel.locator("[data-choice=high]").click();
  await panel.locator("[data-choice=high][aria-pressed=true]").waitFor();
  await panel.scrollIntoViewIfNeeded();
  await settled(page);
  await picture(page, "quality-sensitivity");
  await panel.getByRole("button", { name: "Set to high" }).click();
  await panel.locator("[data-current=high]").waitFor();
  const [{ author, at, ...setting }] = await said();
  assert.deepEqual(setting, { table: TABLE, column, measure: "null_percent", sensitivity: "high" });
  await panel.getByRole("button", { name: "Inherit again" }).click();
  await panel.locator("[data-current=medium]").waitFor();
  assert.deepEqual(await said(), []);
});

test("nothing went wrong unnoticed, and what was pictured passes an audit of accessibility", () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(flaws, []);
});
