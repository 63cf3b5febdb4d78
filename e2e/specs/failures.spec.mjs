// What a person sees when something fails: the network, the server, the page's own program.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, signedIn } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";

const PAGES = ["", "/schema", "/schema/graph", "/quality", "/drift", "/incidents"];
const DATA = /\/api\/(overview|schema|quality|drift|incidents)/;

let demo, browser, storageState;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  storageState = await signedIn(browser, demo);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// What is waited for on each page, by its address and name.
const AWAITED = [
  ["", "overview", "the overview"],
  ["/schema", "schema", "tables"],
  ["/schema/main.orders", "schema", "tables"],
  ["/schema/graph", "graph", "the graph"],
  ["/quality", "quality", "columns"],
  ["/drift", "drift", "drift events"],
  ["/incidents", "incidents", "incidents"],
  ["/agents", "agents", "agents"],
  ["/settings", "settings", "settings"],
];

test("while an answer is awaited, each page says what it loads, in grey blocks, until it is there", async () => {
  const { context, page, faults } = await openPage(browser, { storageState });
  for (const [path, name, what] of AWAITED) {
    let release;
    const released = new Promise((done) => (release = done));
    await page.route(/\/api\/(overview|schema|quality|drift|incidents|agents|org)(\/|\?|$)/, (route) => released.then(() => route.continue()));
    await page.goto(at(path));
    const main = page.locator(`main[data-page="${name}"]:not([data-ready])`);
    const status = main.getByRole("status");
    await status.and(main.getByLabel(`Loading ${what}`)).or(status.filter({ hasText: `Loading ${what}` })).first().waitFor();
    // They are drawn after a moment, so that a quick answer never flashes.
    await page.waitForFunction(() => {
      const blocks = [...document.querySelectorAll("main .skeleton")];
      return blocks.some((block) => block.clientWidth > 0 && Number(getComputedStyle(block).opacity) > 0);
    });
    release();
    await ready(page, name);
    await page.waitForFunction(() => !document.querySelector("main .skeleton"));
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
  assert.deepEqual(faults, []);
  await context.close();
});

const problem = {
  type: "https://bastion.dev/problems/internal",
  title: "Something went wrong on the server",
  status: 500,
  code: "internal",
  detail: "Try again; if it stays, ask whoever runs this server and name the request.",
  instance: "/api/elsewhere",
  request_id: "0197f2c1-5a5a-7000-8000-0000000000ff",
};

const fault = (route) =>
  route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify(problem) });

const at = (path) => new URL(`/dashboard${path}`, demo.base).href;

test("while the API cannot be reached, pages say so and offer another try", async () => {
  const { context, page } = await openPage(browser, { storageState });
  await page.route(DATA, (route) => route.abort());
  for (const path of PAGES) {
    await page.goto(at(path));
    await page.getByRole("button", { name: "Try again" }).first().waitFor();
    await picture(page, `down-${path.split("/").at(-1) || "overview"}`);
  }
  await context.close();
});

test("a fault of the server is told with the id of the request, and another try brings the page", async () => {
  const { context, page } = await openPage(browser, { storageState });
  for (const path of PAGES) {
    await page.route(DATA, fault);
    await page.goto(at(path));
    const alert = page.getByRole("alert").first();
    await alert.getByRole("heading", { name: problem.title }).waitFor();
    await alert.getByText(problem.detail).waitFor();
    assert.equal(await alert.locator("code").textContent(), problem.request_id, path);
    await alert.getByRole("button", { name: "Copy request id" }).waitFor();
    await picture(page, `fault-${path.split("/").at(-1) || "overview"}`);
    await page.unrouteAll();
    // All at once: what one brings back may take another's button away.
    await page.getByRole("button", { name: "Try again" }).evaluateAll((buttons) => buttons.forEach((button) => button.click()));
    await alert.waitFor({ state: "detached" });
    await page.locator("main[data-ready=true]").waitFor();
  }
  await context.close();
});

test("what cannot be fetched again stays as it was last fetched, with why and the request's id", async () => {
  const { context, page } = await openPage(browser, { storageState });
  await page.goto(at(""));
  await ready(page, "overview");
  await page.route(DATA, fault);
  // Whatever happens in the organization has the page fetch its data again.
  const body = JSON.stringify({ source: "shop-db" });
  const started = await page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    return (await fetch("/api/scan/run", { method: "POST", headers, body })).status;
  }, body);
  assert.equal(started, 202);
  const notice = page.getByRole("status").filter({ hasText: "Shown as last fetched" }).first();
  await notice.getByText(problem.title).waitFor();
  assert.equal(await notice.locator("code").textContent(), problem.request_id);
  await page.getByText("Total tables").first().waitFor();
  await picture(page, "stale");
  await context.close();
});

test("an action that the server fails on tells the id of the request in its message", async () => {
  const { context, page } = await openPage(browser, { storageState });
  await page.goto(at("/agents"));
  await ready(page, "agents");
  await page.route("**/api/scan/run*", fault);
  await page.getByRole("button", { name: "Run scan now" }).click();
  const message = page.getByRole("region", { name: "Messages" }).getByRole("alert");
  await message.getByText(problem.detail).waitFor();
  assert.equal(await message.locator("code").textContent(), problem.request_id);
  await picture(page, "message");
  await message.getByRole("button", { name: "Close message" }).click();
  await message.waitFor({ state: "detached" });
  await context.close();
});

test("a form that the server fails on tells the id of the request, and keeps what was typed", async () => {
  const { context, page } = await openPage(browser, { storageState });
  await page.goto(at("/settings?section=organization"));
  await ready(page, "settings");
  await page.route("**/api/org*", (route) => (route.request().method() === "GET" ? route.continue() : fault(route)));
  await page.getByLabel("Name", { exact: true }).fill("Another name");
  await page.getByRole("button", { name: "Save name" }).click();
  await page.getByRole("alert").getByText(problem.request_id, { exact: true }).waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Another name");
  await context.close();
});

test("when the page's own program stops, it says so, and a reload brings the page again", async () => {
  const { context, page, faults } = await openPage(browser, { storageState });
  await page.goto(at(""));
  await ready(page, "overview");
  assert.deepEqual(faults, []);
  const overlay = page.getByRole("alertdialog", { name: "Bastion stopped" });
  assert.equal(await overlay.count(), 0);
  // As Safari does after the hundredth step within half a minute; the router expects that it never happens.
  await page.evaluate(() => {
    history.pushState = () => {
      throw new DOMException("Attempt to use history.pushState() more than 100 times per 30 seconds", "SecurityError");
    };
  });
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Drift", exact: true }).click();
  await overlay.getByRole("heading", { name: "This page stopped working" }).waitFor();
  await overlay.getByText("nothing was changed by it").waitFor();
  assert.ok(faults.some((fault) => /panicked at/.test(fault)), faults.join("\n"));
  await picture(page, "stopped");
  await overlay.getByRole("link", { name: "Reload the page" }).click();
  await overlay.waitFor({ state: "detached" });
  await ready(page, "overview");
  faults.length = 0;
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Drift", exact: true }).click();
  await ready(page, "drift");
  assert.deepEqual(faults, []);
  await context.close();
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
});
