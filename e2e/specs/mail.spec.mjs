// With a mail server: an account is made by a mailed link, and a forgotten password replaced by another.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, signIn } from "../support/browser.mjs";
import { startMailServer } from "../support/mail-server.mjs";
import { startServer } from "../support/programs.mjs";

const ada = { email: "ada@example.com", password: "correct horse battery" };

let mailServer, server, browser, page, faults;

before(async () => {
  mailServer = await startMailServer();
  server = await startServer(mailServer.env);
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await mailServer?.stop();
});

const field = (name) => page.getByRole("textbox", { name, exact: true });
const secret = (name) => page.getByLabel(name, { exact: true });
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const link = async (subject) => (await mailServer.mail(subject)).match(/^http:\/\/\S+#\S+$/m)[0];

test("who signs up makes the account by the link in a mail, and by their password", async () => {
  await page.goto(`${server.base}/sign-up`);
  await ready(page, "sign-up");
  await field("Name").fill("Ada");
  await field("E-mail").fill(ada.email);
  await secret("Password").fill(ada.password);
  await press("Sign up");
  await page.getByText("We have sent mail to ada@example.com.").waitFor();
  await picture(page, "sign-up-mailed");
  const address = await link("Confirm your address for Bastion");
  assert.ok(address.startsWith(`${server.base}/confirm-email?account=new#`), address);
  await page.goto(address);
  await ready(page, "confirm-email");
  await secret("Password").fill("another password");
  await press("Make the account");
  await page.getByText("This is not the password of this sign-up.").waitFor();
  await picture(page, "confirm-sign-up");
  await secret("Password").fill(ada.password);
  await press("Make the account");
  await page.getByText("ada@example.com is confirmed, and you are signed in.").waitFor();
  await picture(page, "confirmed-sign-up");
  await page.getByRole("link", { name: "Go on" }).click();
  await ready(page, "onboarding");
});

test("who is invited is told by mail, and joins with an address that is known to be theirs", async () => {
  await page.getByLabel("Organization name").fill("Acme");
  await press("Create organization");
  await page.getByRole("link", { name: "Skip to the dashboard" }).click();
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=members`);
  await ready(page, "settings");
  await field("E-mail").fill("bob@example.com");
  await press("Invite");
  await page.getByText("bob@example.com is told by mail").waitFor();
  const { context, page: other, faults: otherFaults } = await openPage(browser);
  const mail = await mailServer.mail("You are invited to an organization at Bastion");
  await other.goto(mail.match(/^http:\S+$/m)[0]);
  await ready(other, "sign-in");
  await other.getByRole("link", { name: "Sign up" }).click();
  await other.getByLabel("Name").fill("Bob");
  await other.getByLabel("E-mail").fill("bob@example.com");
  await other.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await other.getByRole("button", { name: "Sign up" }).click();
  await other.getByText("We have sent mail to bob@example.com.").waitFor();
  await other.goto(await link("Confirm your address for Bastion"));
  await other.getByLabel("Password", { exact: true }).fill("correct horse battery");
  await other.getByRole("button", { name: "Make the account" }).click();
  await other.getByRole("link", { name: "Go on" }).click();
  await ready(other, "onboarding");
  await other.getByText("You are invited").waitFor();
  await picture(other, "onboarding-invited");
  await other.getByRole("button", { name: "Join Acme" }).click();
  await ready(other, "overview");
  // Who opened the link was not signed in then.
  assert.deepEqual(otherFaults.filter((fault) => !/status of 401.*\/api\/auth\/me\)/.test(fault)), []);
  // Away from what follows the news, which end with the session.
  await page.goto(`${server.base}/onboarding?new=1`);
  await ready(page, "onboarding");
  await context.close();
});

test("who is mailed about incidents is chosen, and the key of a language model is kept and removed", async () => {
  const section = async (name) => {
    await page.goto(`${server.base}/dashboard/settings?org=acme&section=${name}`);
    await ready(page, "settings");
  };
  await section("notifications");
  const owners = page.getByRole("group", { name: "Critical incidents" }).getByLabel("Owner");
  await owners.check();
  await press("Save notifications");
  await page.getByText("Last changed by Ada.").waitFor();
  await section("notifications");
  await page.getByText("Last changed by Ada.").waitFor();
  assert.ok(await owners.isChecked());
  assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 1);
  await picture(page, "settings-notifications");
  await section("ai");
  await secret("Key").fill("a-key-that-ends-in-6789");
  await press("Save key");
  await page.getByText("Kept encrypted: •••• 6789.").waitFor();
  assert.equal(await secret("Key").getAttribute("placeholder"), "••••••••6789");
  await picture(page, "settings-ai");
  await press("Remove key");
  await page.getByText("Not set.").waitFor();
  assert.equal(await secret("Key").getAttribute("placeholder"), null);
  // Away from what follows the news, which end with the session.
  await page.goto(`${server.base}/onboarding?new=1`);
  await ready(page, "onboarding");
});

test("a forgotten password is replaced, which ends the sessions and is told by mail", async () => {
  const { context, page: other, faults: otherFaults } = await openPage(browser);
  await other.goto(`${server.base}/forgot-password`);
  await other.getByLabel("E-mail").fill(ada.email);
  await other.getByRole("button", { name: "Send the link" }).click();
  await other.getByText("If there is an account with this address").waitFor();
  await other.goto(await link("Reset your password for Bastion"));
  await ready(other, "reset-password");
  ada.password = "a third horse, and a saddle";
  await other.getByLabel("New password").fill(ada.password);
  await other.getByRole("button", { name: "Set the password" }).click();
  await ready(other, "sign-in");
  assert.match(await mailServer.mail("Your password for Bastion was changed"), /other devices were signed out/);
  assert.equal(await page.evaluate(async () => (await fetch("/api/auth/me")).status), 401);
  await signIn(other, server.base, ada);
  await ready(other, "overview");
  assert.deepEqual(otherFaults, []);
  await context.close();
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
  // What was refused above, and Chromium writes into the console.
  const refused = (fault) => /status of (400|401)/.test(fault) && /\/api\/auth\//.test(fault);
  assert.deepEqual(faults.filter((fault) => !refused(fault)), []);
});
