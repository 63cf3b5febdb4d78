// What the browser downloads, and how soon it paints the dashboard.
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { openBrowser, openPage, ready, signIn } from "../support/browser.mjs";
import { startDemo, web as dist } from "../support/programs.mjs";

async function weight(folder, ending) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  return weightOf(names.map((name) => join(folder, name)));
}

async function weightOf(files) {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0) / 1000;
}

export async function web() {
  const assets = join(dist, "assets");
  const pages = JSON.parse(await readFile(join(dist, "pages.json"), "utf8"));
  const code = await weightOf(pages["/dashboard"].map((name) => join(assets, `${name}.br`)));
  const fonts = await weight(join(assets, "fonts"), ".woff2");
  const demo = await startDemo();
  const browser = await openBrowser();
  const paints = [];
  const complete = [];
  try {
    const first = await openPage(browser);
    await signIn(first.page, demo.base, demo.credentials);
    await ready(first.page, "overview");
    const state = await first.context.storageState();
    for (let i = 0; i < 10; i += 1) {
      // A fresh context has the cookie, and nothing in its cache.
      const { context, page } = await openPage(browser, { storageState: state });
      await page.goto(`${demo.base}/dashboard`);
      await ready(page, "overview");
      complete.push(await page.evaluate(() => performance.now() / 1000));
      paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000));
      await context.close();
    }
  } finally {
    await browser.close();
    await demo.stop();
  }
  return [
    { what: "first load of the dashboard: wasm, js and css, brotli", unit: "kB", runs: [code], limit: 450 },
    { what: "fonts", unit: "kB", runs: [fonts], limit: 60 },
    { what: "first paint of the dashboard, cold, loopback", unit: "s", runs: paints, limit: 1 },
    { what: "dashboard with all its data, cold, loopback", unit: "s", runs: complete, limit: 1 },
  ];
}
