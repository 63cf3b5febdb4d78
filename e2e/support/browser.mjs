// A browser in which nothing may go wrong unnoticed: console errors, failed scripts and CSP violations fail the test.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

const WINDOW = { width: 1440, height: 900 };
export const artefacts = join(import.meta.dirname, "../artefacts");

// `more`: arguments of Chromium.
export async function openBrowser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

// A fresh context with a page that keeps what went wrong in `faults`.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: WINDOW, ...options });
  const faults = [];
  context.on("page", (page) => watch(page, faults));
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return { context, page, faults };
}

function watch(page, faults) {
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
}

// Waits until a page's main region shows its data.
export async function ready(page, name) {
  await page.locator(`[data-page="${name}"][data-ready="true"]`).waitFor();
}

// Until nothing is fetched any more: skeletons are no pictures of a page.
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector(".skeleton"));
}

// Until the address says this of each of its parameters, null for one that is not there: a page shows what was chosen before its
// address does, and the browser tells of its address later still.
export async function addressed(page, wanted) {
  const said = (url) => Object.fromEntries(Object.keys(wanted).map((name) => [name, url.searchParams.get(name)]));
  const holds = (url) => isDeepStrictEqual(said(url), wanted);
  await page.waitForURL(holds, { timeout: 5_000 }).catch(() => {});
  assert.deepEqual(said(new URL(page.url())), wanted, page.url());
}

// A tablet's width and a telephone's.
const NARROW = [768, 390];

// In a narrow window nothing of what is open scrolls sideways. The window stays as narrow as a telephone's.
export async function fits(page) {
  for (const width of NARROW) {
    await page.setViewportSize({ width, height: 844 });
    // A chart that was drawn for another width is drawn anew in a moment.
    const within = (width) => document.documentElement.scrollWidth <= width;
    await page.waitForFunction(within, width, { timeout: 2_000 }).catch(() => {});
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${page.url()} is ${wide} pixels wide in a window of ${width}`);
  }
}

// The window that `openPage` opens.
export const widen = (page) => page.setViewportSize(WINDOW);

export async function signIn(page, base, { email, password }) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

// What a browser keeps of somebody who has signed in: contexts that begin with it are theirs.
export async function signedIn(browser, { base, credentials }) {
  const { context, page } = await openPage(browser);
  await signIn(page, base, credentials);
  await ready(page, "overview");
  const storageState = await context.storageState();
  await context.close();
  return storageState;
}

// What the audits of this process have found; each journey ends by asking that it is nothing.
export const flaws = [];

// All of WCAG 2 A and AA in the dark theme; the other differs in its colours only, and an audit takes a second.
const rules = {
  dark: { type: "tag", values: ["wcag2a", "wcag2aa"] },
  light: { type: "rule", values: ["color-contrast"] },
};
// The one rule that reads the style sheets, css-orientation-lock, is none of these: they need not be fetched and read.
const preload = { assets: ["media"] };
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Pictures of the page in both themes, for somebody to look at, and an audit of both.
export async function picture(page, name) {
  await mkdir(artefacts, { recursive: true });
  for (const theme of ["dark", "light"]) {
    await page.evaluate((value) => (document.documentElement.dataset.theme = value), theme);
    await page.screenshot({ path: join(artefacts, `${name}-${theme}.png`), animations: "disabled" });
    flaws.push(...(await violations(page, rules[theme])).map((flaw) => `${name} (${theme}): ${flaw}`));
  }
  await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
}

async function violations(page, runOnly) {
  // Half faded in, text has less contrast than it will have. What turns for ever (a run's spinner) never finishes.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    return Promise.all(ending.map((animation) => animation.finished.catch(() => {})));
  });
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(async (options) => {
    const { violations } = await window.axe.run({ resultTypes: ["violations"], ...options });
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, any }) => ({ html, any })) }));
  }, { runOnly, preload });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html} (${any[0]?.message ?? ""})`));
}
