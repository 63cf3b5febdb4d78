// Clerk: its events in any order and more than once, and people who come by its own form, with its real library on a strict fake of
// its front-end API.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openPage, ready } from "../support/browser.mjs";
import { authority } from "../support/certificates.mjs";
import { startClerk, webhookSecret } from "../support/clerk.mjs";
import { membership, organization, user as account } from "../support/clerk-objects.mjs";
import { seeded } from "../support/moments.mjs";
import { startServer } from "../support/programs.mjs";

const password = "correct horse battery";
const SENT = 3;

let certificates, instance, server, browser, page, faults;

before(async () => {
  certificates = await authority("clerk");
  instance = await startClerk(await certificates.issue("IP:127.0.0.1"));
  server = await startServer({
    SSL_CERT_FILE: certificates.certificate,
    BASTION_CLERK_ISSUER: instance.issuer,
    BASTION_CLERK_PUBLISHABLE_KEY: instance.publishableKey,
    BASTION_CLERK_WEBHOOK_SECRET: webhookSecret,
  });
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser, { ignoreHTTPSErrors: true }));
  for (const name of ["ada", "dan"]) {
    const who = { id: `user_${name}`, email: `${name}@acme.example`, name, password };
    instance.keep({ ...who, organization: name === "ada" ? "org_1" : undefined });
  }
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await instance?.stop();
  await certificates?.remove();
});

const press = (name) => page.getByRole("button", { name, exact: true }).click();
const asks = (path) => page.evaluate(async (path) => (await fetch(path)).json(), path);

// What a person does in Clerk's form.
async function fillIn(name) {
  await page.locator("input[name=identifier]").fill(`${name}@acme.example`);
  await press("Continue");
  await page.getByText("Enter your password", { exact: true }).waitFor();
  await page.locator("input[name=password]").fill(password);
  await press("Continue");
}

test("events that come in another order, more than once and at once lose nothing and double nothing", async () => {
  const now = Date.now();
  const acme = (name, at) => organization("org_1", name, "user_ada", now + at);
  const belongs = (who, role, at, name = "Acme") => membership(`orgmem_${who}`, acme(name, 1), `user_${who}`, role, now + at);
  const user = (who, name, at) => account(`user_${who}`, `${who}@acme.example`, name, now + at);
  const events = [
    ["user.created", user("ada", "Ada", 1)],
    ["user.created", user("bob", "Bob", 1)],
    ["user.updated", user("bob", "Robert", 5)],
    ["user.created", user("cyd", "Cyd", 1)],
    ["organization.created", acme("Old", 1)],
    ["organization.updated", acme("Acme", 4)],
    ["organizationMembership.created", belongs("ada", "org:admin", 1, "Old")],
    ["organizationMembership.created", belongs("bob", "org:member", 1, "Old")],
    ["organizationMembership.updated", belongs("bob", "org:admin", 6)],
    ["organizationMembership.updated", belongs("bob", "org:viewer", 3)],
    ["organizationMembership.created", belongs("cyd", "org:member", 1)],
    ["organizationMembership.deleted", belongs("cyd", "org:member", 7)],
  ];
  const random = seeded(7);
  const sent = events.flatMap(([type, data], number) => Array.from({ length: SENT }, () => [`msg_${number}`, type, data]));
  const shuffled = sent.map((one) => [random(), one]).sort(([one], [other]) => one - other).map(([, one]) => one);
  // Svix sends several at once, and what was not taken again.
  for (let at = 0; at < shuffled.length; at += 4) {
    const some = shuffled.slice(at, at + 4);
    const statuses = await Promise.all(some.map(([id, type, data]) => instance.send(server.base, id, type, data)));
    assert.deepEqual(statuses, some.map(() => 204));
  }
  const forged = await instance.send(server.base, "msg_x", "user.deleted", { id: "user_ada", deleted: true }, { key: "another" });
  assert.equal(forged, 403);
});

test("somebody comes in by Clerk's own form, to where they wanted to go, and no other page has anything of Clerk's", async () => {
  const policies = new Map();
  page.on("response", (response) => {
    if (response.request().isNavigationRequest())
      policies.set(new URL(response.url()).pathname, response.headers()["content-security-policy"]);
  });
  await page.goto(`${server.base}/sign-in?next=${encodeURIComponent("/dashboard/drift")}`);
  await ready(page, "sign-in");
  assert.ok(instance.asked.every((one) => !one.includes("/npm/")), "the library is loaded where nobody asked for it");
  await press("Continue with Clerk");
  await ready(page, "sign-in-clerk");
  await page.locator("input[name=identifier]").waitFor();
  await fillIn("ada");
  await ready(page, "drift");
  assert.equal(await page.evaluate(() => "Clerk" in window), false);
  assert.ok(policies.get("/sign-in/clerk").includes(`script-src 'self' 'wasm-unsafe-eval' ${instance.issuer} `));
  for (const path of ["/sign-in", "/dashboard/drift"]) assert.ok(!policies.get(path).includes(instance.host), path);
  const { user, memberships } = await asks("/api/auth/me");
  assert.deepEqual([user.email, user.name], ["ada@acme.example", "Ada"]);
  assert.deepEqual(memberships.map(({ name, role }) => [name, role]), [["Acme", "owner"]]);
  // What the events have left.
  const { items } = await asks("/api/org/members");
  assert.deepEqual(items.map(({ name, role }) => `${name} ${role}`).sort(), ["Ada owner", "Robert admin"]);
});

test("whoever signs out is signed out at Clerk as well, and comes in again although the first token has ended", async () => {
  await press("Your account");
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await ready(page, "sign-in");
  assert.ok(instance.asked.includes("DELETE /v1/client/sessions"));
  assert.equal((await asks("/api/auth/me")).code, "unauthenticated");
  instance.late = true;
  await press("Continue with Clerk");
  await page.locator("input[name=identifier]").waitFor();
  await fillIn("ada");
  await ready(page, "overview");
  instance.late = false;
});

test("a session that Clerk has ended is over here at once, and opens nothing any more", async () => {
  const held = [...instance.clients.values()].flatMap(({ sessions }) => sessions);
  assert.equal(held.length, 1);
  const ended = { object: "session", id: held[0].id, user_id: "user_ada", status: "removed" };
  for (let times = 0; times < SENT; times++)
    assert.equal(await instance.send(server.base, "msg_ended", "session.removed", ended), 204);
  await page.goto(`${server.base}/dashboard`);
  await ready(page, "sign-in");
  // The browser still has the session: Clerk's page is told that it is no use, and asks anew.
  await press("Continue with Clerk");
  await page.getByText("This server has not taken your session at Clerk").waitFor();
  await page.locator("input[name=identifier]").waitFor();
  await fillIn("ada");
  await ready(page, "overview");
});

test("whoever has no account here is told so, and can be somebody else", async () => {
  await press("Your account");
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await ready(page, "sign-in");
  await press("Continue with Clerk");
  await page.locator("input[name=identifier]").waitFor();
  await fillIn("dan");
  await page.getByText("Clerk knows you, but you have no account here.").waitFor();
  await press("Sign in as somebody else");
  await page.locator("input[name=identifier]").waitFor();
});

test("where Clerk cannot be reached the page says so, and the other ways are left", async () => {
  await page.route(`${instance.issuer}/npm/**`, (route) => route.abort());
  await page.goto(`${server.base}/sign-in/clerk`);
  await page.getByText("Clerk cannot be reached").waitFor();
  await page.unrouteAll();
  await press("Try again");
  await page.locator("input[name=identifier]").waitFor();
  await page.getByRole("link", { name: "Back to sign-in" }).click();
  await ready(page, "sign-in");
});

test("nothing was asked that Clerk does not answer, and nothing of it was forbidden", () => {
  assert.deepEqual(instance.faults, []);
  // What was refused above, and Chromium writes into the console.
  const refused = (fault) => /status of (401|403)|ERR_FAILED/.test(fault) && /\/api\/auth\/|\/npm\//.test(fault);
  assert.deepEqual(faults.filter((fault) => !refused(fault)), []);
});
