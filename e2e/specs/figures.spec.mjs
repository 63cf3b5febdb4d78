// What is written and drawn is what the API answers: cards, charts, and the cells of tables.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressed, flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api } from "../support/scan.mjs";
import { count, decimal, duration, percent } from "../support/words.mjs";

const DAY = 86_400_000;

let demo, browser, page, faults, org;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  [{ slug: org }] = (await api(page, "", "/api/auth/me")).memberships;
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// Opens a page of the dashboard, and answers what it was told by this call of the API.
async function told(path, name, call) {
  const answer = page.waitForResponse((response) => new URL(response.url()).pathname === call);
  await page.goto(new URL(`/dashboard${path}`, demo.base).href);
  const body = await (await answer).json();
  await ready(page, name);
  await settled(page);
  return body;
}

const chart = (name) => page.getByRole("group", { name, exact: true });
// The innermost section with this heading.
const section = (title) => page.locator("main section").filter({ has: page.getByRole("heading", { name: title, exact: true }) }).last();
const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
// `26 Sep`, `26 Sep 2026` and `26 Sep 2026, 08:30 UTC`.
function day(at) {
  const [, day, month] = new Date(at).toUTCString().split(/,? /);
  return `${Number(day)} ${month}`;
}
const date = (at) => `${day(at)} ${new Date(at).getUTCFullYear()}`;
const moment = (at) => `${date(at)}, ${new Date(at).toISOString().slice(11, 16)} UTC`;

// The six cards: what each says, how that moved in a week and against what, and whether its course is drawn.
const cards = () =>
  page.locator("[data-cards] > section").evaluateAll((cards) =>
    cards.map((card) => {
      const [title, figure, change] = card.children;
      const [text, against] = change.querySelector(".tooltip")?.children ?? [change];
      return {
        title: title.textContent,
        figure: [...figure.children].map((part) => part.textContent).join(" "),
        from: figure.title,
        change: text.textContent.trim(),
        against: against?.textContent,
        drawn: /^M.*C/.test(card.querySelector(".chart-spark .chart-line")?.getAttribute("d") ?? ""),
      };
    }),
  );

test("the overview's cards say the API's figures, against those of a week ago", async () => {
  const overview = await told("", "overview", "/api/overview");
  const { previous, drift } = overview;
  const from = `From the newest scan of each of ${plural(overview.sources_scanned, "source")}; last scan ${moment(overview.last_scan_at)}`;
  const moved = (now, before, show = count) => {
    const sign = now > before ? "+" : "−";
    return { change: now === before ? "same as last week" : sign + show(Math.abs(now - before)), against: `${show(before)} a week ago` };
  };
  const points = (value) => `${decimal(value, 1)} points`;
  // No demo without a change to tell.
  assert.notEqual(previous.schema_version, overview.schema_version);
  assert.notEqual(drift.breaking, 0);
  const shown = await cards();
  const [age] = shown.splice(2, 1);
  assert.deepEqual(shown, [
    { title: "Total tables", figure: count(overview.tables), from, ...moved(overview.tables, previous.tables), drawn: true },
    { title: "Total columns", figure: count(overview.columns), from, ...moved(overview.columns, previous.columns), drawn: true },
    { title: "Schema version", figure: count(overview.schema_version), from, ...moved(overview.schema_version, previous.schema_version), drawn: false },
    {
      title: "Drift status",
      figure: plural(drift.breaking, "breaking change"),
      from: `${plural(drift.breaking, "breaking change")} in events of the last seven days that nobody has accepted or ignored since ${date(drift.since)}`,
      ...moved(drift.breaking, previous.breaking),
      drawn: true,
    },
    {
      title: "Quality score",
      figure: `${decimal(overview.quality_score, 1)} %`,
      from: "Mean of the columns' scores; each starts at 100 and loses points for what is wrong, see Quality",
      ...moved(overview.quality_score, previous.quality_score, points),
      drawn: true,
    },
  ]);
  const { figure, ...last } = age;
  assert.deepEqual(last, { title: "Last scan", from, change: `on ${date(overview.last_scan_at)}`, against: undefined, drawn: false });
  // The page's clock goes by half minutes.
  const ages = [0, 30_000].map((late) => {
    const minutes = Math.floor((Date.now() - late - Date.parse(overview.last_scan_at)) / 60_000);
    if (minutes < 60) return minutes < 1 ? "<1 min ago" : `${minutes} min ago`;
    return minutes < 2 * 24 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 24 / 60)} d ago`;
  });
  assert.ok(ages.includes(figure), `${figure} is none of ${ages.join(", ")}`);
});

// A chart's tooltip at its first stop and its last, by its keys.
async function ends(name) {
  const said = [];
  for (const key of ["Home", "End"]) {
    await chart(name).press(key);
    await chart(name).locator(".chart-tooltip").waitFor();
    said.push(await chart(name).locator(".chart-tooltip > div").evaluateAll((lines) => lines.map((line) => line.textContent)));
  }
  return said;
}

// What a chart shows, drawn right after the page has its data.
async function drawn(name, what) {
  const shapes = chart(name).locator(`.chart-svg ${what}`);
  await shapes.first().waitFor({ state: "attached" });
  return shapes.evaluateAll((shapes) => shapes.map((shape) => shape.getAttribute("d")));
}
const stops = (path) => path.match(/[MLC]/g).length;

// Bars are as high as what they stand for, among each other.
async function proportional(name, values) {
  const bars = chart(name).locator(".chart-bar");
  await bars.first().waitFor({ state: "attached" });
  const heights = await bars.evaluateAll((bars) => bars.map((bar) => bar.getBBox().height));
  assert.equal(heights.length, values.length, name);
  const [highest, most] = [Math.max(...heights), Math.max(...values)];
  for (const [index, value] of values.entries()) {
    assert.ok(Math.abs(heights[index] / highest - value / most) < 0.02, `${name}: ${heights} for ${values}`);
  }
}

test("the overview's charts are drawn from what the API answers, and tell it", async () => {
  const overview = await told("", "overview", "/api/overview");
  const { freshness_trend: ages, null_distribution: buckets, schema_growth: growth } = overview;
  const known = ages.filter(({ value }) => value !== null);
  assert.ok(known.length > 20 && growth.length > 20, `${known.length} ages, ${growth.length} days`);
  const [line] = await drawn("Freshness trend", ".chart-line");
  assert.equal(stops(line), known.length);
  const age = ({ at, value }) => [moment(at), `Mean age of the newest value${duration(Math.round(value * 3600))}`];
  assert.deepEqual(await ends("Freshness trend"), [age(ages[0]), age(ages.at(-1))]);

  await proportional("Null-rate distribution", buckets.map((bucket) => bucket.count).filter((value) => value > 0));
  const bucket = ({ label, count: columns }) => [label, `Columns${count(columns)}`];
  assert.deepEqual(await ends("Null-rate distribution"), [bucket(buckets[0]), bucket(buckets.at(-1))]);

  const areas = await drawn("Schema growth over time", ".chart-area");
  const lines = await drawn("Schema growth over time", ".chart-line");
  assert.deepEqual([areas.length, ...lines.map(stops)], [2, growth.length, growth.length]);
  for (const area of areas) assert.match(area, /Z$/);
  const grown = ({ at, columns, tables }) => [moment(at), `Columns${count(columns)}`, `Tables${count(tables)}`];
  assert.deepEqual(await ends("Schema growth over time"), [grown(growth[0]), grown(growth.at(-1))]);
});

test("the pointer tells a bar's figure and an area's, as it does a line's", async () => {
  const { null_distribution: buckets, schema_growth: growth } = await told("", "overview", "/api/overview");
  for (const [name, first, last] of [
    ["Null-rate distribution", buckets[0].label, buckets.at(-1).label],
    ["Schema growth over time", moment(growth[0].at), moment(growth.at(-1).at)],
  ]) {
    const tooltip = chart(name).locator(".chart-tooltip");
    await chart(name).scrollIntoViewIfNeeded();
    const { width } = await chart(name).boundingBox();
    for (const [x, text] of [[33, first], [width - 14, last]]) {
      await chart(name).hover({ position: { x, y: 100 } });
      await tooltip.getByText(text, { exact: true }).waitFor();
    }
    await page.mouse.move(0, 0);
    await tooltip.waitFor({ state: "hidden" });
  }
});

test("the sentence on trust has its reasons one click away, and what happened and needs a look is listed", async () => {
  const { trust, attention } = await told("", "overview", "/api/overview");
  const { items: activity } = await api(page, org, "/api/activity?limit=5");
  const links = (list) => list.evaluateAll((links) => links.map((link) => [link.textContent, link.getAttribute("href")]));
  const leadsTo = (shown, links) => {
    assert.equal(shown.length, links.length);
    // The organization, and of what belongs to one the source, are put behind.
    for (const [index, link] of links.entries()) assert.ok(shown[index][1].startsWith(link), `${shown[index][1]} instead of ${link}`);
  };
  const sentence = page.locator("main details");
  assert.equal(await sentence.locator("[data-trust]").textContent(), trust.sentence);
  assert.equal(await sentence.getByRole("list").isVisible(), false);
  await sentence.getByText("Why", { exact: true }).click();
  await sentence.getByRole("list").waitFor();
  const reasons = await links(sentence.getByRole("link"));
  assert.deepEqual(reasons.map(([text]) => text), trust.reasons.map(({ message }) => message));
  leadsTo(reasons, trust.reasons.map(({ link }) => link));
  await picture(page, "overview-why");
  const looks = await links(section("Needs attention").getByRole("link"));
  assert.ok(attention.length > 0);
  for (const [index, { message }] of attention.entries()) assert.ok(looks[index][0].startsWith(message), looks[index][0]);
  leadsTo(looks, attention.map(({ link }) => link));
  const happened = await page.getByRole("list", { name: "Activity" }).getByRole("listitem").allTextContents();
  for (const [index, { message, actor }] of activity.entries()) assert.ok(happened[index].startsWith(message + actor), happened[index]);
});

test("the drift timeline has each day's changes, and a day that is chosen narrows the list to it", async () => {
  const { items } = await told("/drift", "drift", "/api/drift/history");
  const timeline = chart("Changes by day, breaking and non-breaking");
  const today = Math.floor(Date.now() / DAY);
  const dayOf = ({ detected_at: at }) => Math.floor(Date.parse(at) / DAY);
  const days = {};
  for (const event of items.filter((event) => dayOf(event) > today - 60)) {
    const own = (days[dayOf(event)] ??= { breaking: 0, other: 0, events: [] });
    own.breaking += event.summary.breaking;
    own.other += event.summary.total - event.summary.breaking;
    own.events.push(event.id);
  }
  const bars = Object.entries(days).flatMap(([day, { breaking, other }]) =>
    [["chart-bad", breaking], ["chart-1", other]].map(([colour, changes]) => ({ day: Number(day), colour, changes })).filter(({ changes }) => changes > 0),
  );
  assert.ok(bars.length > 8, `${bars.length} bars`);
  await timeline.locator(".chart-bar").first().waitFor({ state: "attached" });
  const classes = await timeline.locator(".chart-bar").evaluateAll((bars) => bars.map((bar) => bar.classList[1]));
  assert.deepEqual(classes, bars.map(({ colour }) => colour));
  await proportional("Changes by day, breaking and non-breaking", bars.map(({ changes }) => changes));

  const listed = async () => (await page.locator("[data-drift]").evaluateAll((events) => events.map((event) => event.dataset.drift))).sort();
  const lists = (events) => page.waitForFunction((events) => [...document.querySelectorAll("[data-drift]")].map((event) => event.dataset.drift).sort().join() === events, [...events].sort().join());
  const all = await listed();
  assert.deepEqual(all, items.map(({ id }) => id).sort());
  const chosen = bars.findIndex(({ colour }) => colour === "chart-1");
  const { events, breaking, other } = days[bars[chosen].day];
  assert.ok(events.length < all.length);
  const bar = await timeline.locator(".chart-bar").nth(chosen).boundingBox();
  const frame = await timeline.boundingBox();
  const press = async () => {
    const position = { x: bar.x + bar.width / 2 - frame.x, y: 60 };
    // At once, as a finger does that has not hovered before.
    await timeline.click({ position });
    await timeline.locator(".chart-tooltip").waitFor();
  };
  await press();
  await lists(events);
  const key = new Date(bars[chosen].day * DAY).toISOString().slice(0, 10);
  await addressed(page, { day: key });
  assert.deepEqual(await timeline.locator(".chart-tooltip > div").allTextContents(), [
    day(bars[chosen].day * DAY),
    `Breaking${breaking}`,
    `Non-breaking${other}`,
  ]);
  const dimmed = await timeline.locator(".chart-bar").evaluateAll((bars) => bars.map((bar) => bar.classList.contains("chart-dimmed")));
  assert.deepEqual(dimmed, bars.map(({ day }) => day !== bars[chosen].day));
  await picture(page, "drift-day");
  await page.reload();
  await ready(page, "drift");
  await lists(events);
  await press();
  await lists(all);
  await addressed(page, { day: null });
});

test("a table's columns are told cell by cell, with whose words describe them", async () => {
  const { columns } = await told("/schema/main.orders", "schema", "/api/schema/objects/main.orders");
  const origins = { comment: "From the database's own comment", person: "Written by a person", rule: "Generated from names and types by rules" };
  const shown = await page.getByRole("table", { name: "Columns" }).locator("tbody").getByRole("row").evaluateAll((rows) =>
    rows.map(({ cells }) => [
      cells[0].querySelector("[data-column]").dataset.column,
      cells[1].textContent,
      cells[2].textContent,
      cells[3].querySelector("span.break-words")?.textContent,
      cells[3].querySelector("[role=img]")?.getAttribute("aria-label"),
      ...[4, 5].map((at) => cells[at].querySelector("[role=img]").textContent),
      cells[6].textContent,
    ]),
  );
  assert.deepEqual(
    shown,
    columns.map((column) => [
      column.name,
      column.type,
      column.nullable ? "yes" : "no",
      column.description?.text,
      origins[column.description?.origin],
      percent(column.null_percent),
      percent(column.uniqueness_percent),
      column.health === "unknown" ? "not measured" : column.health,
    ]),
  );
  // A table in which all are alike would show nothing.
  for (const key of ["nullable", "null_percent", "uniqueness_percent"]) assert.ok(new Set(columns.map((column) => column[key])).size > 1, key);
});

test("a table's relationships are it and the other ends of its foreign keys, in the graph and in words", async () => {
  const { object, referenced_by: referenced, used_by: readers } = await told("/schema/main.orders?tab=relationships", "schema", "/api/schema/objects/main.orders");
  const { edges } = await api(page, org, "/api/schema/graph");
  await page.locator("[data-graph][data-ready=true]").waitFor();
  const own = edges.filter(({ from, to }) => [from, to].includes("main.orders"));
  const ends = new Set(own.flatMap(({ from, to }) => [from, to]));
  const inGraph = await page.locator("[data-graph] [data-table]").evaluateAll((cards) => cards.map((card) => card.dataset.table));
  assert.ok(ends.size > 3, `${ends.size} tables`);
  assert.deepEqual(inGraph.sort(), [...ends].sort());
  const list = (title) => section(title).getByRole("link").evaluateAll((links) => links.map((link) => [...link.querySelectorAll("span span")].map((part) => part.textContent)));
  const join = (own, other) => `${own.join(", ")} = ${other.join(", ")}`;
  assert.deepEqual(
    await list("References"),
    object.foreign_keys.map((key) => [key.references, join(key.columns, key.referenced_columns)]),
  );
  assert.deepEqual(await list("Referenced by"), referenced.map((key) => [key.table, join(key.referenced_columns, key.columns)]));
  assert.deepEqual(await list("Used by views"), readers.map((view) => [view]));
  await page.getByRole("tab", { name: `Relationships ${object.foreign_keys.length + referenced.length + readers.length}`, exact: true }).waitFor();
});

test("nothing went wrong unnoticed, and what was pictured passes an audit of accessibility", () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(flaws, []);
});
