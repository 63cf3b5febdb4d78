// A second factor: turned on with an authenticator app, asked for at sign-in and before something dangerous, turned off.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { code } from "../support/authenticator.mjs";
import { flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { sqlite } from "../support/databases.mjs";
import { startServer } from "../support/programs.mjs";

const ada = { email: "ada@example.com", password: "correct horse battery" };

let server, browser, page, faults, secret, recoveryCodes;

before(async () => {
  server = await startServer();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const press = (name) => page.getByRole("button", { name, exact: true }).click();
const database = (sql) => sqlite(join(server.data, "bastion.db"), sql);
const wrong = () => (code(secret) === "000000" ? "000001" : "000000");

// Nobody waits half a minute here for a step whose code was not taken yet.
async function nextCode() {
  await database("UPDATE second_factor SET last_step = NULL");
  return code(secret);
}

async function account() {
  await page.goto(`${server.base}/dashboard/settings?org=acme&section=account`);
  await ready(page, "settings");
  await settled(page);
}

// Another browser in which the password was right.
async function halfway() {
  const other = await openPage(browser);
  await signIn(other.page, server.base, ada);
  await other.page.getByRole("heading", { name: "Enter your code" }).waitFor();
  return other;
}

const shownCodes = () => page.locator("[data-recovery-code]").evaluateAll((all) => all.map((one) => one.textContent));

test("a person turns it on with the first code of their app, and keeps the recovery codes", async () => {
  await page.goto(`${server.base}/sign-up`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Ada");
  await page.getByRole("textbox", { name: "E-mail" }).fill(ada.email);
  await page.getByLabel("Password", { exact: true }).fill(ada.password);
  await press("Sign up");
  await page.getByRole("textbox", { name: "Organization name" }).fill("Acme");
  await press("Create organization");
  await page.getByRole("tab", { name: "Direct bastion-mcp" }).waitFor();
  await account();
  await press("Turn on");
  const qr = page.locator("[data-qr-code]");
  await qr.waitFor();
  await page.waitForFunction(() => document.querySelector("[data-qr-code]").naturalWidth > 0);
  secret = await page.locator("[data-secret]").getAttribute("data-secret");
  await qr.scrollIntoViewIfNeeded();
  await picture(page, "second-factor-setup");
  await page.getByLabel("Code", { exact: true }).fill(wrong());
  await press("Turn on");
  await page.getByText("This code is wrong or was used.").waitFor();
  await page.getByLabel("Code", { exact: true }).fill(code(secret));
  await press("Turn on");
  await page.getByText("Keep these recovery codes").waitFor();
  recoveryCodes = await shownCodes();
  assert.equal(new Set(recoveryCodes).size, 10);
  await picture(page, "recovery-codes");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download" }).click()]);
  assert.equal(download.suggestedFilename(), "bastion-recovery-codes.txt");
  assert.equal(await readFile(await download.path(), "utf8"), `${recoveryCodes.join("\n")}\n`);
  await press("I have kept them");
  await page.getByText("10 recovery codes left.").waitFor();
  await account();
  assert.equal(await page.locator("[data-recovery-code]").count(), 0);
  await page.locator("[data-second-factor=on]").scrollIntoViewIfNeeded();
  await picture(page, "second-factor");
});

test("sign-in asks for the code after the password", async () => {
  const other = await halfway();
  assert.equal(await other.page.evaluate(async () => (await fetch("/api/auth/me")).status), 401);
  const field = other.page.getByLabel("Code", { exact: true });
  await other.page.waitForFunction(() => document.activeElement?.name === "code");
  await field.fill(wrong());
  await field.press("Enter");
  await other.page.getByText("This code is wrong or was used.").waitFor();
  await picture(other.page, "sign-in-code");
  await field.fill(await nextCode());
  await field.press("Enter");
  await ready(other.page, "overview");
  await other.context.close();
});

test("a recovery code stands in for the app, once", async () => {
  for (const taken of [false, true]) {
    const other = await halfway();
    await other.page.getByRole("button", { name: "Use a recovery code instead" }).click();
    const field = other.page.getByLabel("Recovery code", { exact: true });
    await field.fill(recoveryCodes[0].toUpperCase());
    await field.press("Enter");
    if (taken) {
      await other.page.getByText("This recovery code is wrong or was used.").waitFor();
      await picture(other.page, "sign-in-recovery-code");
    } else {
      await ready(other.page, "overview");
    }
    await other.context.close();
  }
  await account();
  await page.getByText("9 recovery codes left.").waitFor();
});

test("too many wrong codes lead back to the password", async () => {
  const other = await halfway();
  const field = other.page.getByLabel("Code", { exact: true });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await field.fill(wrong());
    const answered = other.page.waitForResponse((response) => response.url().endsWith("/verify"));
    await field.press("Enter");
    assert.equal((await answered).status(), 400);
    await other.page.waitForFunction(() => document.querySelector("input[name=code]")?.value === "");
  }
  await field.fill(await nextCode());
  await field.press("Enter");
  await other.page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  await other.page.getByText("Enter your e-mail address and your password again.").waitFor();
  assert.equal(await other.page.getByLabel("E-mail").inputValue(), ada.email);
  await other.context.close();
});

test("new recovery codes and turning it off ask for password and code", async () => {
  await database("UPDATE session SET proved_at = 0");
  await account();
  await press("Make new recovery codes");
  const sure = page.getByRole("dialog", { name: "Make new recovery codes" });
  await sure.getByRole("button", { name: "Make new recovery codes" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
  await proof.getByLabel("Password").fill(ada.password);
  await proof.getByLabel("Code", { exact: true }).fill(wrong());
  await proof.getByRole("button", { name: "Confirm" }).click();
  await proof.getByText("This code is wrong or was used.").waitFor();
  await picture(page, "step-up-code");
  await proof.getByLabel("Code", { exact: true }).fill(await nextCode());
  await proof.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Keep these recovery codes").waitFor();
  const fresh = await shownCodes();
  assert.ok(fresh.length === 10 && fresh.every((one) => !recoveryCodes.includes(one)));
  await press("I have kept them");
  await press("Turn off");
  const off = page.getByRole("dialog", { name: "Turn the second factor off" });
  await off.getByRole("button", { name: "Turn off" }).click();
  await page.locator("[data-second-factor=off]").waitFor();
  const other = await openPage(browser);
  await signIn(other.page, server.base, ada);
  await ready(other.page, "overview");
  await other.context.close();
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
  // What was refused above, and Chromium writes into the console.
  const refused = (fault) => /status of (400|401|403)/.test(fault) && /\/api\/auth\//.test(fault);
  assert.deepEqual(faults.filter((fault) => !refused(fault)), []);
});
