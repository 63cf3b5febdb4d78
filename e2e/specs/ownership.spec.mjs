// Who answers for which data: rules by hand, what a table inherits, and the file of all that is configured.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flaws, openBrowser, openPage, picture, ready, settled, signIn } from "../support/browser.mjs";
import { startDemo } from "../support/programs.mjs";
import { api } from "../support/scan.mjs";

let demo, browser, page, faults, org, source, table;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  ({ page, faults } = await openPage(browser));
  await signIn(page, demo.base, demo.credentials);
  await ready(page, "overview");
  [org] = await api(page, "", "/api/auth/me").then((me) => me.memberships.map(({ slug }) => slug));
  source = (await api(page, org, "/api/sources")).items[0].name;
  table = (await api(page, org, `/api/schema/latest?source=${source}`)).tables[0];
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const form = () => page.getByRole("dialog", { name: /rule/i });
const rule = (about) => page.getByRole("row").filter({ hasText: about });
const rules = async () => (await api(page, org, `/api/ownership?source=${source}`)).rules;

async function go() {
  await page.goto(new URL("/dashboard/settings?section=ownership", demo.base).href);
  await ready(page, "settings");
  await settled(page);
}

test("rules are written by hand, and a table says what it inherits from which", async () => {
  await go();
  await page.getByText("No rule yet").waitFor();
  await page.getByRole("button", { name: "Add rule" }).click();
  await form().getByRole("combobox", { name: "Owner" }).selectOption("team");
  await form().getByRole("textbox", { name: "Team" }).fill("Data");
  await form().getByRole("textbox", { name: "Tags" }).fill("shop, core");
  await picture(page, "ownership-form");
  await form().getByRole("button", { name: "Save rule" }).click();
  await rule("the whole source").getByText("Data (team)").waitFor();
  await page.getByRole("button", { name: "Add rule" }).click();
  await form().getByRole("textbox", { name: "Pattern" }).fill(`${table.schema}.*`);
  await form().getByRole("combobox", { name: "Owner" }).selectOption("member");
  const { user } = await api(page, org, "/api/auth/me");
  await form().getByRole("combobox", { name: "Member" }).selectOption(user.id);
  await form().getByRole("button", { name: "Save rule" }).click();
  await rule(`${table.schema}.*`).getByText(user.name).waitFor();
  await picture(page, "ownership");
  await page.goto(new URL(`/dashboard/schema/${table.path}?tab=details&source=${source}`, demo.base).href);
  await ready(page, "schema");
  const inherited = page.locator("[data-ownership]");
  await inherited.getByText(`Owned by ${user.name}`).waitFor();
  await inherited.getByText(`inherited from ${table.schema}.*`).waitFor();
  await inherited.getByText(`inherited from the source ${source}`).first().waitFor();
  await page.getByRole("textbox", { name: "Own owner" }).fill("Payments");
  await page.getByRole("textbox", { name: "Own tags" }).fill("money");
  await page.getByRole("button", { name: "Save owner and tags" }).click();
  await inherited.getByText("Owned by Payments").waitFor();
  await inherited.getByText("its own").first().waitFor();
  await picture(page, "ownership-inherited");
});

test("what a rule cannot say is refused where it is written", async () => {
  await go();
  await page.getByRole("button", { name: "Add rule" }).click();
  await form().getByRole("textbox", { name: "Pattern" }).fill("other.*");
  await form().getByRole("button", { name: "Save rule" }).click();
  await form().getByText("Name an owner or a tag").waitFor();
  await form().getByRole("button", { name: "Cancel" }).click();
  assert.equal((await rules()).length, 2);
});

test("a rule is changed and removed by keys", async () => {
  await go();
  await rule(`${table.schema}.*`).getByRole("button", { name: /^Edit/ }).press("Enter");
  await form().getByRole("textbox", { name: "Tags" }).fill("public");
  await form().getByRole("textbox", { name: "Tags" }).press("Enter");
  await rule(`${table.schema}.*`).getByText("public", { exact: true }).waitFor();
  await rule(`${table.schema}.*`).getByRole("button", { name: /^Delete/ }).press("Enter");
  await page.getByRole("dialog", { name: "Delete rule" }).getByRole("button", { name: "Delete rule" }).click();
  await rule(`${table.schema}.*`).waitFor({ state: "detached" });
  assert.deepEqual((await rules()).map(({ path }) => path), [undefined]);
});

test("a file is applied after its plan was read, and its faults are told with their lines", async () => {
  await go();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the configuration" }).click();
  const stream = await (await download).createReadStream();
  let file = "";
  for await (const part of stream) file += part;
  assert.match(file, /^version: 1\n/);
  const area = page.getByRole("textbox", { name: "File to apply" });
  await area.fill(file.replace("team: Data", "teem: Data"));
  await page.getByRole("button", { name: "Show the plan" }).click();
  await page.getByRole("alert").getByText(/unknown field `?teem`?.*line \d+/).waitFor();
  await area.fill(file.replace("team: Data", "team: Warehouse"));
  await page.getByRole("button", { name: "Show the plan" }).click();
  const plan = page.locator("[data-plan]");
  await plan.getByText("The plan: 1 change").waitFor();
  await plan.getByText("the whole source").waitFor();
  await picture(page, "configuration-plan");
  await plan.getByRole("button", { name: "Apply the plan" }).click();
  await rule("the whole source").getByText("Warehouse (team)").waitFor();
  assert.equal((await rules())[0].owner.name, "Warehouse");
});

test("every page that was pictured passes an audit of accessibility in both themes", () => {
  assert.deepEqual(flaws, []);
  // What was refused above, and Chromium writes into the console.
  const own = (fault) => /status of 400/.test(fault) && /\/api\/(ownership|configuration)\?/.test(fault);
  assert.deepEqual(faults.filter((fault) => !own(fault)), []);
});
