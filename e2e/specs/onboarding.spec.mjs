// The other ways through onboarding: by Archestra, and into an organization that is there already; and what the settings
// then say of both.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fits, flaws, openBrowser, openPage, picture, ready, settled, widen } from "../support/browser.mjs";
import { chinookFile } from "../support/databases.mjs";
import { startGateway } from "../support/gateway.mjs";
import { startAgent, startServer } from "../support/programs.mjs";

let chinook, agent, gateway, server, browser, ada, bob, carol, organization;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  gateway = await startGateway(agent);
  server = await startServer({ BASTION_SIGN_UP: "open" });
  browser = await openBrowser();
  ada = await openPage(browser);
  bob = await openPage(browser);
  carol = await openPage(browser);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await gateway?.stop();
  await agent?.stop();
  await chinook?.remove();
});

async function signUp(page, name) {
  await page.goto(`${server.base}/sign-up`);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail").fill(`${name.toLowerCase()}@example.com`);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign up" }).click();
  await ready(page, "onboarding");
}

async function section(page, name) {
  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name, exact: true }).click();
  await page.locator("main").getByRole("heading", { name, exact: true }).waitFor();
  await settled(page);
}

const member = (page, name) => page.getByRole("region", { name: "Members" }).getByRole("row").filter({ hasText: name });

test("an organization is connected through Archestra, rung by rung", async () => {
  const { page } = ada;
  await signUp(page, "Ada");
  // What the organization kept arrives after the form was filled in: what was typed stays.
  const kept = /\/api\/org(\?|$)/;
  await fits(page);
  await widen(page);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(kept, (route) => held.then(() => route.continue()));
  await page.getByLabel("Organization name").fill("Acme");
  await page.getByRole("button", { name: "Create organization" }).click();
  assert.equal(await page.getByRole("tab", { name: "Archestra" }).getAttribute("aria-selected"), "true");
  await page.getByText("This is your local or deployed Archestra control plane.").waitFor();
  await page.getByLabel("Archestra API URL").fill(gateway.base);
  await page.getByLabel("API key").fill(gateway.api_key);
  await page.getByLabel(/^Gateway(?! token)/).fill(gateway.id);
  await page.getByLabel("Gateway token").fill("arch_wrong");
  const late = page.waitForResponse(kept);
  release();
  await late;
  await page.unroute(kept);
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("The connection does not work yet").waitFor();
  await picture(page, "onboarding-archestra-refused");
  await page.getByLabel("Gateway token").fill(gateway.token);
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("The connection works").waitFor();
  const rungs = page.locator("[data-connection=true]").getByRole("listitem");
  assert.equal(await rungs.count(), 7);
  await picture(page, "onboarding-archestra");
  await fits(page);
  await widen(page);
  await page.getByRole("button", { name: "Save and go on" }).click();
  await page.getByText("This container connects to your database securely.").waitFor();
});

test("the database behind the gateway is given a name, and the first scan reads it", async () => {
  const { page } = ada;
  await page.getByRole("link", { name: "The agent is running" }).click();
  await page.getByText("Your Archestra is connected.").waitFor();
  await page.getByLabel("Source name").fill("chinook");
  await picture(page, "onboarding-source");
  await fits(page);
  await widen(page);
  await page.getByRole("button", { name: "Add source" }).click();
  await page.getByRole("button", { name: "Run first schema scan" }).click();
  await ready(page, "overview");
  await page.locator("main").getByText("11", { exact: true }).first().waitFor();
});

test("the settings show where Archestra is, and of its secrets the last four characters", async () => {
  const { page } = ada;
  await page.goto(`${server.base}/dashboard/settings?org=acme`);
  await ready(page, "settings");
  assert.equal(await page.getByLabel("API URL", { exact: true }).inputValue(), `${gateway.base}/`);
  for (const [label, secret] of [[/^API key/, gateway.api_key], [/^Gateway token/, gateway.token]]) {
    const field = page.getByLabel(label);
    const end = secret.slice(-4);
    assert.deepEqual([await field.inputValue(), await field.getAttribute("placeholder")], ["", `••••••••${end}`]);
    await page.getByText(`Kept encrypted: •••• ${end}. Leave empty to keep it.`).first().waitFor();
    assert.ok(!(await page.content()).includes(secret), `${label} is in the page`);
  }
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText("The connection works").waitFor();
  await picture(page, "settings-archestra");
  await section(page, "Organization");
  organization = (await page.locator("[data-org-id]").textContent()).trim();
  assert.match(organization, /^[0-9a-f-]{36}$/);
});

test("somebody asks to join by the organization's id, and waits until that is approved", async () => {
  const { page } = bob;
  await signUp(page, "Bob");
  await page.getByRole("tab", { name: "Join" }).click();
  await picture(page, "onboarding-join");
  await page.getByLabel("Organization id or invitation").fill("an invitation that nobody wrote");
  await page.getByRole("button", { name: "Join organization" }).click();
  await page.getByText("No organization has this id, or the invitation has expired.").waitFor();
  await page.getByLabel("Organization id or invitation").fill(organization);
  await page.getByRole("button", { name: "Join organization" }).click();
  await page.getByText("Your request was sent").waitFor();
  await picture(page, "onboarding-join-requested");
  // Until then it is as if there were no such organization.
  const refused = await page.evaluate(async () => (await fetch("/api/schema/latest", { headers: { "x-bastion-org": "acme" } })).status);
  assert.ok([403, 404].includes(refused), `answered ${refused}`);
});

test("who manages members approves, and the one who asked is in, with the role that was given", async () => {
  const { page } = ada;
  await section(page, "Members");
  const own = member(page, "ada@example.com");
  assert.equal(await own.getByRole("combobox", { name: "Role of Ada" }).inputValue(), "owner");
  assert.equal(await member(page, "bob@example.com").count(), 0);
  await page.getByText("bob@example.com").waitFor();
  await page.getByRole("combobox", { name: "Role for Bob" }).selectOption("viewer");
  await picture(page, "settings-join-request");
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("They are a member now.").waitFor();
  await page.getByText("Nobody asks to join").waitFor();
  await settled(page);
  await picture(page, "settings-members");
  assert.equal(await member(page, "bob@example.com").getByRole("combobox", { name: "Role of Bob" }).inputValue(), "viewer");
  const newcomer = bob.page;
  await newcomer.getByRole("button", { name: "Look again" }).click();
  await ready(newcomer, "overview");
  await newcomer.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Schema", exact: true }).click();
  await ready(newcomer, "schema");
  await newcomer.getByText("InvoiceLine").first().waitFor();
  await newcomer.goto(`${server.base}/dashboard/settings?org=acme&section=members`);
  await ready(newcomer, "settings");
  await member(newcomer, "bob@example.com").getByText("Viewer", { exact: true }).waitFor();
  await member(newcomer, "ada@example.com").getByText("Owner", { exact: true }).waitFor();
  assert.equal(await newcomer.getByRole("combobox", { name: /^Role of/ }).count(), 0);
});

test("what a role may not see or do is said, with who can grant or do it", async () => {
  const { page } = bob;
  const main = page.locator("main");
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=audit`);
  await main.getByText("Your role may not see this").waitFor();
  await main.getByText("An administrator or the owner of this organization can grant it.").waitFor();
  assert.equal(await main.getByRole("table").count(), 0);
  await picture(page, "no-permission");
  // As if nobody had connected a source: this role cannot.
  await page.route(/\/api\/sources(\?|$)/, (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  for (const [path, name, says] of [["", "schema", "There is no snapshot yet"], ["/graph", "graph", "There is no table to draw"]]) {
    await page.goto(`${server.base}/dashboard/schema${path}?org=acme`);
    await ready(page, name);
    await main.getByText(says).waitFor();
    await main.getByText("An administrator can connect a source.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Connect a source" }).count(), 0);
  }
  await page.unrouteAll();
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=members`);
  await ready(page, "settings");
});

test("a member leaves, and the last owner cannot", async () => {
  const { page } = bob;
  await page.getByRole("button", { name: "Leave organization" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave Acme" }).click();
  await ready(page, "onboarding");
  const owner = ada.page;
  await owner.getByRole("button", { name: "Leave organization" }).click();
  await owner.getByRole("dialog").getByRole("button", { name: "Leave Acme" }).click();
  await owner.getByText("An organization needs an owner.").waitFor();
  await settled(owner);
  await member(owner, "bob@example.com").waitFor({ state: "detached" });
});

test("who is invited opens the link, signs up, and is in with the role that it names", async () => {
  const owner = ada.page;
  await owner.getByLabel("E-mail").fill("carol@example.com");
  await owner.getByLabel("Role", { exact: true }).selectOption("viewer");
  await owner.getByRole("button", { name: "Invite" }).click();
  await owner.getByText("carol@example.com can join by this link, which is shown only now.").waitFor();
  await picture(owner, "settings-invited");
  const link = await owner.locator("[data-invitation]").textContent();
  const { page, context } = carol;
  const asked = [];
  context.on("request", (request) => asked.push(request.url()));
  await page.goto(link);
  await ready(page, "sign-in");
  await page.getByRole("link", { name: "Sign up" }).click();
  await ready(page, "sign-up");
  await page.getByLabel("Name").fill("Carol");
  await page.getByLabel("E-mail").fill("carol@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign up" }).click();
  await ready(page, "onboarding");
  const token = link.split("#invitation=")[1];
  assert.equal(await page.getByLabel("Organization id or invitation").inputValue(), token);
  assert.ok(!page.url().includes(token) && !asked.some((url) => url.includes(token)), "the token is in an address");
  await page.getByRole("button", { name: "Join organization" }).click();
  await ready(page, "overview");
  assert.equal(await page.evaluate(() => sessionStorage.getItem("bastion.invitation")), null);
  await settled(owner);
  await member(owner, "carol@example.com").getByText("carol@example.com").waitFor();
});

test("an owner deletes the organization, finds it where one is chosen, and brings it back as it was", async () => {
  const { page } = ada;
  await section(page, "Organization");
  await page.getByRole("button", { name: "Delete organization" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Owners can restore it for 30 days").waitFor();
  await dialog.getByRole("textbox").fill("acme");
  await dialog.getByRole("button", { name: "Delete acme" }).click();
  await ready(page, "onboarding");
  await page.getByText("Will be deleted for good on").waitFor();
  await picture(page, "onboarding-deleted");
  // Whoever else is there is told, and asks no more.
  await ready(carol.page, "onboarding");
  const gone = await page.evaluate(async () => (await fetch("/api/sources", { headers: { "x-bastion-org": "acme" } })).status);
  assert.ok([403, 404].includes(gone), `answered ${gone}`);
  await page.getByRole("button", { name: "Restore Acme" }).click();
  await ready(page, "overview");
  await page.locator("main").getByText("11", { exact: true }).first().waitFor();
});

test("nothing went wrong unnoticed", () => {
  // What was refused above, and Chromium writes into the console.
  const own = (fault) =>
    /status of 40[349]/.test(fault) && /\/api\/(orgs\/join|schema\/latest|sources|org\/members\/me)\b/.test(fault);
  // Who opened the link of an invitation was not signed in then.
  const asked = (fault) => /status of 401.*\/api\/auth\/me\)/.test(fault);
  const faults = [...ada.faults, ...bob.faults, ...carol.faults.filter((fault) => !asked(fault))];
  assert.deepEqual(faults.filter((fault) => !own(fault)), []);
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
});
