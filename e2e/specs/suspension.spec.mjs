// An organization that whoever runs the server has suspended: its members read why, and all is there afterwards.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { flaws, openBrowser, openPage, picture, ready, signIn } from "../support/browser.mjs";
import { Client } from "../support/client.mjs";
import { bastion, startServer } from "../support/programs.mjs";

const ada = { name: "Ada", email: "ada@example.com", password: "correct horse battery" };
const run = promisify(execFile);

let server, browser, page, faults;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  const client = new Client(server.base);
  await client.ok("POST", "/api/auth/sign-up", ada);
  await client.ok("POST", "/api/orgs", { name: "Acme" });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const operator = (...args) => run(bastion, ["--data", server.data, ...args]);

async function told() {
  const main = page.locator("main");
  await main.getByText("This organization is suspended").waitFor();
  assert.match(await main.textContent(), /has suspended the organization: The contract has ended\./);
  assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0, page.url());
  assert.equal(await main.getByText("What the agents do, as they do it").count(), 0, page.url());
}

test("the members of a suspended organization read why on every page, and go on where they were afterwards", async () => {
  await signIn(page, server.base, ada);
  await ready(page, "overview");
  await page.goto(`${server.base}/dashboard/agents?org=acme`);
  await ready(page, "agents");
  await page.locator("[data-logs=live]").waitFor();
  const { stdout } = await operator("suspend", "acme", "--reason", "The contract has ended");
  assert.match(stdout, /Acme is suspended/);
  // Whoever is looking is told as well, and the log waits for nothing.
  await told();
  for (const path of ["", "/schema", "/drift", "/quality", "/incidents", "/agents"]) {
    await page.goto(`${server.base}/dashboard${path}?org=acme`);
    await told();
  }
  await picture(page, "suspended-organization");
  // Their own account no organization takes from them.
  await page.getByRole("link", { name: "Your account" }).click();
  await ready(page, "settings");
  await page.getByRole("textbox", { name: "Your name" }).fill("Ada Lovelace");
  await page.getByRole("button", { name: "Save your name" }).click();
  await page.getByText("Name saved.").waitFor();
  await page.getByRole("button", { name: "Sign out everywhere" }).waitFor();
  await page.reload();
  await ready(page, "settings");
  assert.equal(await page.getByRole("textbox", { name: "Your name" }).inputValue(), "Ada Lovelace");
  await page.goto(`${server.base}/dashboard/agents?org=acme`);
  await told();
  // Whoever waits goes on by themselves.
  await operator("reactivate", "acme");
  await ready(page, "agents");
  assert.equal(await page.getByText("This organization is suspended").count(), 0);
});

test("nothing was wrong with the page meanwhile", () => {
  assert.deepEqual([faults.filter((fault) => !/403/.test(fault)), flaws], [[], []]);
});
