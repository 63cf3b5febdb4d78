// One's own account: name, devices, password, and proving again who is at the screen before something dangerous.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { sqlite } from "../support/databases.mjs";
import { startServer } from "../support/programs.mjs";
import { api } from "../support/scan.mjs";

const ada = { email: "ada@example.com", password: "correct horse battery" };

let server, browser, page, faults;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const field = (name) => page.getByRole("textbox", { name, exact: true });
const secret = (name) => page.getByLabel(name, { exact: true });
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const devices = async () => (await api(page, "acme", "/api/auth/sessions")).items;
// There is no mail server: the links are in the log, the last one last.
async function link(path) {
  const found = await server.program.until(async ({ said }) => said.match(new RegExp(`http://\\S*/${path}#[\\w-]+`, "g")), 10);
  return found.at(-1);
}
const database = (sql) => sqlite(join(server.data, "bastion.db"), sql);

async function settings(section) {
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=${section}`);
  await ready(page, "settings");
  await settled(page);
}

// The same person in another browser.
async function elsewhere() {
  const other = await openPage(browser);
  await signIn(other.page, server.base, ada);
  await ready(other.page, "overview");
  return other;
}

test("a person finds their account in the menu, and changes their name", async () => {
  await page.goto(`${server.base}/sign-up`);
  await field("Name").fill("Ada");
  await field("E-mail").fill(ada.email);
  await secret("Password").fill(ada.password);
  await press("Sign up");
  await field("Organization name").fill("Acme");
  await press("Create organization");
  await page.getByRole("tab", { name: "Direct bastion-mcp" }).waitFor();
  await page.goto(`${server.base}/dashboard?org=acme`);
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Account" }).click();
  await ready(page, "settings");
  await field("Your name").fill("Ada Lovelace");
  await press("Save your name");
  await page.getByText("Name saved.").waitFor();
  assert.equal((await api(page, "acme", "/api/auth/me")).user.name, "Ada Lovelace");
});

test("a theme that is chosen in the menu stays over a reload", async () => {
  const shown = (theme) => page.locator(`html[data-theme=${theme}]`).waitFor();
  for (const theme of ["light", "dark"]) {
    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("menuitem", { name: `Use ${theme} theme` }).click();
    await shown(theme);
    await page.reload();
    await ready(page, "settings");
    await shown(theme);
  }
});

test("an address is confirmed by a link, which works once", async () => {
  await settings("account");
  await page.getByText("Not confirmed", { exact: true }).waitFor();
  await press("Send a link to confirm it");
  await page.getByText("Ask whoever runs the server for it.").waitFor();
  const address = await link("confirm-email");
  await page.goto(address);
  await ready(page, "confirm-email");
  await picture(page, "confirm-email");
  await press("Confirm the address");
  await page.getByText("ada@example.com is confirmed.").waitFor();
  await settings("account");
  await page.getByText("Confirmed", { exact: true }).waitFor();
  await page.goto(`${server.base}/sign-up`);
  await page.goto(address);
  await press("Confirm the address");
  await page.getByRole("alert").getByText("The link does not work any more").waitFor();
});

test("another device is seen and signed out", async () => {
  const other = await elsewhere();
  await settings("account");
  assert.equal((await devices()).length, 2);
  const rows = page.getByRole("table", { name: "Devices" }).getByRole("row");
  await rows.filter({ hasText: "this one" }).getByText("Chrome on Linux").waitFor();
  await picture(page, "account");
  await rows.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("The device is signed out.").waitFor();
  assert.deepEqual((await devices()).map(({ current }) => current), [true]);
  assert.equal(await other.page.evaluate(async () => (await fetch("/api/auth/me")).status), 401);
  await other.context.close();
});

test("a new password ends the other devices, and the old one opens nothing", async () => {
  const other = await elsewhere();
  await settings("account");
  await secret("Present password").fill("not the password");
  await secret("New password").fill("another horse, another staple");
  await press("Change password");
  await page.getByText("This is not your password.").waitFor();
  await secret("Present password").fill(ada.password);
  await press("Change password");
  await page.getByText("Password changed.").waitFor();
  ada.password = "another horse, another staple";
  assert.equal((await devices()).length, 1);
  await other.context.close();
});

test("what is dangerous asks for the password once more, and then goes on by itself", async () => {
  await database("UPDATE session SET proved_at = 0");
  await settings("security");
  await press("Rotate keys");
  const sure = page.getByRole("dialog", { name: "Rotate keys" });
  await sure.getByRole("button", { name: "Rotate keys" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
  await proof.getByLabel("Password").fill("not the password");
  await proof.getByRole("button", { name: "Confirm" }).click();
  await proof.getByText("This is not your password.").waitFor();
  await picture(page, "step-up");
  await proof.getByLabel("Password").fill(ada.password);
  await proof.getByLabel("Password").press("Enter");
  await page.getByText(/Data key version \d+ made/).waitFor();
  await proof.waitFor({ state: "hidden" });
  // Closed instead, nothing is done.
  await database("UPDATE session SET proved_at = 0");
  await press("Re-run encryption");
  await proof.waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("alert").getByText("Confirm that it is you").waitFor();
});

test("signing out everywhere leads back to the way in", async () => {
  await settings("account");
  await press("Sign out everywhere");
  const sure = page.getByRole("dialog", { name: "Sign out everywhere" });
  await sure.getByRole("button", { name: "Sign out everywhere" }).click();
  await ready(page, "sign-in");
  assert.equal(await page.evaluate(async () => (await fetch("/api/auth/me")).status), 401);
});

test("a forgotten password is replaced by a link", async () => {
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await ready(page, "forgot-password");
  await picture(page, "forgot-password");
  await field("E-mail").fill(ada.email);
  await press("Send the link");
  await page.getByText("If there is an account with this address").waitFor();
  await page.goto(await link("reset-password"));
  await ready(page, "reset-password");
  await secret("New password").fill("short");
  await press("Set the password");
  await page.getByText("The password must have 12 to 128 bytes.").waitFor();
  await picture(page, "reset-password");
  ada.password = "a third horse, and a saddle";
  await secret("New password").fill(ada.password);
  await press("Set the password");
  await ready(page, "sign-in");
  await signIn(page, server.base, ada);
  await ready(page, "overview");
});

test("a person takes their data with them and erases their account, unless an organization would have no owner", async () => {
  await settings("account");
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const picked = { name: "ada.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") };
  await secret("Choose a picture").setInputFiles(picked);
  await page.getByText("Picture saved.").waitFor();
  // In the top bar and in the section.
  await page.locator("[data-avatar=picture]").nth(1).waitFor();
  await press("Export my data");
  const file = page.locator("a[data-export]");
  await file.waitFor();
  const kept = JSON.parse(decodeURIComponent((await file.getAttribute("href")).split(",").slice(1).join(",")));
  assert.deepEqual([kept.account.user.email, kept.organizations[0].slug], [ada.email, "acme"]);
  const erase = async () => {
    await press("Erase my account");
    const sure = page.getByRole("dialog", { name: "Erase my account" });
    await sure.getByRole("textbox").fill(ada.email);
    await sure.getByRole("button", { name: "Erase my account" }).click();
  };
  await erase();
  await page.getByRole("alert").getByText("Acme would have no owner.").waitFor();
  // Somebody else becomes an owner.
  const post = (on, path, body) =>
    on.evaluate(
      async ([path, body]) => {
        const headers = { "content-type": "application/json", "x-bastion-org": "acme" };
        return (await fetch(path, { method: "POST", body: JSON.stringify(body), headers })).json();
      },
      [path, body],
    );
  const bob = { email: "bob@example.com", password: "correct horse battery", name: "Bob" };
  const { token } = await post(page, "/api/org/invitations", { email: bob.email, role: "owner" });
  const other = await openPage(browser);
  await other.page.goto(`${server.base}/sign-in`);
  await post(other.page, "/api/auth/sign-up", bob);
  assert.equal((await post(other.page, "/api/orgs/join", { invitation: token })).status, "joined");
  await other.context.close();
  await erase();
  await ready(page, "sign-in");
  assert.equal(await page.evaluate(async () => (await fetch("/api/auth/me")).status), 401);
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
  // What was refused above, and Chromium writes into the console.
  const refused = (fault) => /status of (400|401|403|409|410)/.test(fault) && /\/api\/(auth|org)\//.test(fault);
  assert.deepEqual(faults.filter((fault) => !refused(fault)), []);
});
