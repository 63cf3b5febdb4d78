// The schema as a graph: what is chosen stands out, and pointer, keys and buttons lead through it.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, signIn } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api } from "../support/scan.mjs";

let demo, browser, page, faults, edges;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  // Without flights: where the graph goes, it is.
  ({ page, faults } = await openPage(browser, { reducedMotion: "reduce" }));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  const [{ slug }] = (await api(page, "", "/api/auth/me")).memberships;
  ({ edges } = await api(page, slug, "/api/schema/graph"));
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

beforeEach(async () => {
  await page.goto(new URL("/dashboard/schema/graph", demo.base).href);
  await laid().waitFor();
});

const laid = () => page.locator("[data-graph][data-ready=true]");
const graph = () => page.getByRole("group", { name: /^Schema graph/ });
const card = (table) => page.locator(`[data-table="${table}"]`).first();
const button = (name) => page.getByRole("toolbar", { name: "Graph" }).getByRole("button", { name, exact: true });
const transform = () => page.locator(".graph-world").evaluate((world) => world.style.transform);
const scale = (text) => Number(/scale\(([\d.]+)\)/.exec(text)[1]);

// Until the graph is shown at this scale; the browser keeps six digits of it.
const scaled = (wanted) =>
  page.waitForFunction((wanted) => {
    const [, is] = /scale\(([\d.]+)\)/.exec(document.querySelector(".graph-world").style.transform);
    return Math.abs(Number(is) / wanted - 1) < 1e-3;
  }, wanted);

test("the graph lays out every table", async () => {
  await card("main.orders").waitFor();
  await picture(page, "graph");
});

test("nothing fades where motion is not wanted, whatever changes its colours", async () => {
  const fading = await page.evaluate(() => {
    document.documentElement.dataset.theme = "light";
    const fading = document.getAnimations().filter((one) => one instanceof CSSTransition);
    document.documentElement.dataset.theme = "dark";
    return fading.map((one) => one.transitionProperty);
  });
  assert.deepEqual(fading, []);
});

test("a chosen table dims all but those that a foreign key ties to it", async () => {
  const colours = () =>
    page.locator("[data-table]").evaluateAll((cards) =>
      Object.fromEntries(cards.map((card) => [card.dataset.table, getComputedStyle(card).color])),
    );
  const before = await colours();
  const [clear, ...others] = new Set(Object.values(before));
  assert.deepEqual(others, []);
  await card("main.orders").click();
  await page.waitForURL(/focus=main\.orders/);
  const tied = new Set(edges.filter(({ from, to }) => [from, to].includes("main.orders")).flatMap(({ from, to }) => [from, to]));
  assert.ok(tied.size > 2 && tied.size < Object.keys(before).length, [...tied].join());
  // A colour is that of the frame before until the next is drawn.
  const lit = (tables) =>
    page.waitForFunction(
      ([clear, tables]) => {
        const cards = [...document.querySelectorAll("[data-table]")].filter((card) => getComputedStyle(card).color === clear);
        return cards.map((card) => card.dataset.table).sort().join() === tables;
      },
      [clear, tables.sort().join()],
    );
  await lit([...tied]);
  await picture(page, "graph-chosen");
  await graph().press("Escape");
  await page.waitForURL((url) => !url.searchParams.has("focus"));
  await lit(Object.keys(before));
});

test("buttons and keys zoom, and lead back to the whole", async () => {
  const whole = await transform();
  const fitted = scale(whole);
  await button("Zoom in (+)").click();
  await scaled(fitted * 1.25);
  await button("Zoom out (−)").click();
  await scaled(fitted);
  await graph().press("-");
  await scaled(fitted / 1.25);
  await graph().press("+");
  await graph().press("+");
  await scaled(fitted * 1.25);
  await button("Show all (F)").click();
  await scaled(fitted);
  assert.equal(await transform(), whole);
  await graph().press("0");
  await scaled(1);
  assert.notEqual(fitted, 1);
  await graph().press("f");
  await scaled(fitted);
  assert.equal(await transform(), whole);
});

// Where the corner of the graph's world is in its window.
const corner = (text) => /translate(?:3d)?\((-?[\d.]+)px, (-?[\d.]+)px/.exec(text).slice(1, 3).map(Number);

// A place in the window with nothing but ground on it.
const ground = () =>
  graph().evaluate((graph) => {
    const { left, top, width, height } = graph.getBoundingClientRect();
    for (let y = top + 120; y < top + height - 120; y += 10) {
      for (let x = left + 120; x < left + width - 120; x += 10) {
        const under = document.elementFromPoint(x, y);
        if (graph.contains(under) && !under.closest("[data-table], .graph-minimap, [role=toolbar]")) return { x, y };
      }
    }
    throw new Error("cards cover the whole window");
  });

// Until the world's corner has moved by so many pixels from where it was.
const movedBy = (before, right, down) =>
  page.waitForFunction(
    ([x, y]) => {
      const [, left, top] = /translate(?:3d)?\((-?[\d.]+)px, (-?[\d.]+)px/.exec(document.querySelector(".graph-world").style.transform);
      return Math.abs(left - x) < 1 && Math.abs(top - y) < 1;
    },
    [corner(before)[0] + right, corner(before)[1] + down],
  );

test("the ground is dragged, the wheel pans, and with Ctrl it zooms at the pointer", async () => {
  const { x, y } = await ground();
  let before = await transform();
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y - 40, { steps: 4 });
  await page.mouse.up();
  await movedBy(before, 60, -40);
  assert.equal(scale(await transform()), scale(before));
  // What was a drag has chosen nothing.
  assert.equal(new URL(page.url()).searchParams.has("focus"), false);
  before = await transform();
  await page.mouse.wheel(30, 50);
  await movedBy(before, -30, -50);
  before = await transform();
  const table = await place("main.orders");
  const [across, along] = [table.x + table.width / 2, table.y + table.height / 2];
  await page.mouse.move(across, along);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -50);
  await page.keyboard.up("Control");
  await scaled(scale(before) * Math.exp(0.4));
  // What was under the pointer still is.
  const now = await place("main.orders");
  assert.ok(now.width > table.width, `${now.width} of ${table.width}`);
  assert.ok(Math.hypot(now.x + now.width / 2 - across, now.y + now.height / 2 - along) < 2, JSON.stringify({ table, now }));
});

test("the map shows which part the window shows, and leads to another", async () => {
  const map = page.locator(".graph-minimap");
  await map.waitFor();
  const shown = () => map.locator("rect").evaluate(({ x, y, width }) => [x, y, width].map(({ baseVal }) => baseVal.value));
  const [, , wide] = await shown();
  await graph().press("0");
  await scaled(1);
  const [x, y, narrow] = await shown();
  assert.ok(narrow < wide, `${narrow} of ${wide}`);
  const before = await transform();
  const { width, height } = await map.boundingBox();
  await map.click({ position: { x: width - 4, y: height - 4 } });
  await page.waitForFunction((before) => document.querySelector(".graph-world").style.transform !== before, before);
  const [right, below] = await shown();
  assert.ok(right > x && below > y, `from ${x}, ${y} to ${right}, ${below}`);
});

// Where a table is shown. The browser answers with the frame that was drawn last, which may not know yet that the graph
// was fitted into its window.
const place = (table) =>
  card(table).evaluate(async (card) => {
    for (let frame = 0; frame < 2; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
    const { x, y, width, height } = card.getBoundingClientRect();
    return { x, y, width, height };
  });

// Drags a table by so many pixels, and waits until it is there.
async function drag(table, right, down) {
  const { x, y, width, height } = await place(table);
  const [across, along] = [x + width / 2, y + height / 2];
  await page.mouse.move(across, along);
  await page.mouse.down();
  await page.mouse.move(across + right, along + down, { steps: 4 });
  await page.mouse.up();
  await at(table, y + down);
}

const at = (table, y) =>
  page.waitForFunction(
    ([table, y]) => Math.abs(document.querySelector(`[data-table="${table}"]`).getBoundingClientRect().y - y) < 2,
    [table, y],
  );

const back = () => page.getByRole("button", { name: "Put every table back" });

test("the graph's tables can be dragged, stay where they were put, and go back", async () => {
  await drag("main.orders", 30, 50);
  await page.reload();
  await back().click();
  await back().waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Save the graph as a picture" }).click();
  for (const kind of ["SVG", "PNG"]) {
    const saved = page.waitForEvent("download");
    if (kind === "PNG") await page.getByRole("button", { name: "Save the graph as a picture" }).click();
    await page.getByRole("menuitem", { name: `Save as ${kind}` }).click();
    assert.equal((await saved).suggestedFilename(), `schema-graph.${kind.toLowerCase()}`);
  }
});

test("a table that was dragged before the list of sources was there stays where it was put", async () => {
  const list = /\/api\/sources(\?|$)/;
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(list, (route) => held.then(() => route.continue()));
  await page.reload();
  await laid().waitFor();
  await drag("main.orders", 30, 50);
  const { y } = await place("main.orders");
  release();
  // The button in the bar names the source once it is known.
  await page.getByRole("button", { name: /^Scan \S/ }).waitFor();
  await at("main.orders", y);
  await page.unroute(list);
  // And was kept for the next visit.
  await page.reload();
  await back().click();
  await back().waitFor({ state: "detached" });
});

test("nothing went wrong unnoticed, and what was pictured passes an audit of accessibility", () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(flaws, []);
});
