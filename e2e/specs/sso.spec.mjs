// Single sign-on with a real provider: set up by an owner, then people come in by it, or are told why not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { startNames } from "../support/names.mjs";
import { startServer } from "../support/programs.mjs";
import { client, signInThere, startProvider, withoutFonts } from "../support/provider.mjs";

const olga = { email: "olga@acme.example", password: "correct horse battery" };
const people = {
  ada: { email: "ada@acme.example", email_verified: true, name: "Ada Lovelace" },
  bob: { email: "bob@acme.example", email_verified: false, name: "Bob" },
};

let names, server, provider, browser, page, faults;

before(async () => {
  names = await startNames();
  server = await startServer({ BASTION_DNS_SERVER: names.address });
  provider = await startProvider(`${server.base}/sign-in/callback`, people);
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
});

after(async () => {
  await browser?.close();
  await provider?.stop();
  await server?.stop();
  await names?.stop();
});

const press = (name) => page.getByRole("button", { name, exact: true }).click();
const me = (of) => of.evaluate(async () => (await fetch("/api/auth/me")).json());

async function settings() {
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=sso`);
  await ready(page, "settings");
  await settled(page);
}

async function another() {
  const other = await openPage(browser);
  await withoutFonts(other.context);
  return other;
}

// A browser of its own, which the page for signing in has sent to the provider.
async function away(email) {
  const other = await another();
  await other.page.goto(`${server.base}/sign-in`);
  await other.page.getByLabel("E-mail").fill(email);
  await other.page.getByRole("button", { name: "Continue with single sign-on" }).click();
  await other.page.waitForURL(`${provider.issuer}/**`);
  return other;
}

test("an owner names the provider, and proves by a record in DNS that the domain is theirs", async () => {
  await page.goto(`${server.base}/sign-up`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Olga");
  await page.getByRole("textbox", { name: "E-mail" }).fill(olga.email);
  await page.getByLabel("Password", { exact: true }).fill(olga.password);
  await press("Sign up");
  await page.getByRole("textbox", { name: "Organization name" }).fill("Acme");
  await press("Create organization");
  await page.getByRole("tab", { name: "Direct bastion-mcp" }).waitFor();
  await settings();
  await page.getByText(`${server.base}/sign-in/callback`).waitFor();
  await page.getByLabel("Issuer").fill(`${provider.issuer}/elsewhere`);
  await page.getByLabel("Client id").fill(client.id);
  await page.getByLabel("Client secret").fill(client.secret);
  await page.getByLabel("Domains").fill("acme.example");
  await press("Save single sign-on");
  await page.getByText("The sign-in provider's answer is not valid").waitFor();
  await page.getByLabel("Issuer").fill(provider.issuer);
  await press("Save single sign-on");
  await page.locator("[data-domain='acme.example'][data-verified=false]").waitFor();
  const record = page.locator("[data-domain='acme.example'] dd");
  const [name, text] = await record.allTextContents();
  assert.equal(name.trim(), "_bastion-challenge.acme.example");
  await press("Check acme.example");
  await page.getByText("The domain is not proved yet").waitFor();
  await picture(page, "sso-settings");
  names.publish(name.trim(), text.trim());
  await press("Check acme.example");
  await page.locator("[data-domain='acme.example'][data-verified=true]").waitFor();
  assert.ok(!(await page.content()).includes(client.secret));
});

test("somebody new comes in by the provider, to where they wanted to go", async () => {
  const other = await another();
  await other.page.goto(`${server.base}/sign-in?next=${encodeURIComponent("/dashboard/drift?org=acme")}`);
  await ready(other.page, "sign-in");
  await other.page.getByLabel("E-mail").fill("ada@acme.example");
  await picture(other.page, "sign-in-sso");
  await other.page.getByRole("button", { name: "Continue with single sign-on" }).click();
  await signInThere(other.page, "ada");
  await ready(other.page, "drift");
  const { user, memberships } = await me(other.page);
  assert.deepEqual([user.email, user.name], ["ada@acme.example", "Ada Lovelace"]);
  assert.deepEqual(memberships.map(({ slug, role }) => [slug, role]), [["acme", "viewer"]]);
  // There is no password to change.
  await other.page.goto(`${server.base}/dashboard/settings?org=acme&section=account`);
  await other.page.getByText("You have none here: you sign in with single sign-on.").waitFor();
  assert.equal(await other.page.getByRole("button", { name: "Change password" }).count(), 0);
  // Nor anything else that their organization's provider does not vouch for.
  await other.page.locator("[data-elsewhere]").waitFor();
  for (const name of ["Change address", "Turn on", "Export my data", "Deactivate account", "Erase my account"])
    assert.equal(await other.page.getByRole("button", { name }).count(), 0, name);
  assert.deepEqual(other.faults.filter((fault) => fault.includes(server.base)), []);
  await other.context.close();
});

test("whoever the rules do not let in is told why, and what is answered twice opens nothing", async () => {
  const bob = await away("bob@acme.example");
  await signInThere(bob.page, "bob");
  await bob.page.getByText("Your provider does not say that it has verified your e-mail address.").waitFor();
  await picture(bob.page, "sso-denied");
  await bob.page.reload();
  await bob.page.getByText("Begin single sign-on again").waitFor();
  await bob.page.getByRole("link", { name: "Back to sign-in" }).click();
  await ready(bob.page, "sign-in");
  await bob.page.getByLabel("E-mail").fill("eve@nobodys.example");
  await bob.page.getByRole("button", { name: "Continue with single sign-on" }).click();
  await bob.page.getByText("No organization has single sign-on for this address.").waitFor();
  // Nor is there another way, which the page for signing in does not offer.
  assert.equal(await bob.page.getByRole("button", { name: "Continue with Clerk" }).count(), 0);
  await bob.page.goto(`${server.base}/sign-in/clerk`);
  await ready(bob.page, "sign-in-clerk");
  await bob.page.getByText("There is no Clerk here").waitFor();
  await picture(bob.page, "sign-in-clerk");
  await bob.context.close();
});

test("where single sign-on is required an owner still comes in by the password, which is written down", async () => {
  await settings();
  await page.getByRole("switch", { name: "Require single sign-on" }).click();
  await press("Save single sign-on");
  await page.getByText("Single sign-on saved.").waitFor();
  const again = await openPage(browser);
  await signIn(again.page, server.base, olga);
  await ready(again.page, "overview");
  await again.page.goto(`${server.base}/dashboard/settings?org=acme&section=audit`);
  await again.page.getByText("sso.bypassed").first().waitFor();
  await again.context.close();
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
  // What was refused above, and Chromium writes into the console.
  const refused = (fault) => /status of (502|422)/.test(fault) && /\/api\/org\/sso/.test(fault);
  assert.deepEqual(faults.filter((fault) => !refused(fault)), []);
});
