// Two tabs of one organization see each other's work; another organization sees none of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openPage, ready } from "../support/browser.mjs";
import { chinookFile } from "../support/databases.mjs";
import { startAgent, startServer } from "../support/programs.mjs";

let chinook, agent, server, browser, ada, bob;

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

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  server = await startServer({ BASTION_SIGN_UP: "open" });
  browser = await openBrowser();
  ada = await member("ada@example.com", "Acme");
  bob = await member("bob@example.com", "Globex");
  const setup = { bastion_mcp_url: agent.url, bastion_mcp_token: agent.token };
  assert.equal((await call(ada.page, "POST", "/api/org/setup", setup, ada.org)).status, 200);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await agent?.stop();
  await chinook?.remove();
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

test("nothing went wrong unnoticed", () => {
  // The refused calls above are the test's own, and Chromium writes each into the console.
  const own = (fault) => /status of 40[34]/.test(fault) && /\/api\/(sources\/|schema\/latest)/.test(fault);
  assert.deepEqual([...ada.faults, ...bob.faults].filter((fault) => !own(fault)), []);
});
