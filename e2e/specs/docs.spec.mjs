// The API's description in the browser.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openBrowser, openPage } from "../support/browser.mjs";
import { startServer } from "../support/programs.mjs";

let server, browser;

before(async () => {
  server = await startServer({}, { ui: "off" });
  browser = await openBrowser(["--host-resolver-rules=MAP bastion.example 127.0.0.1"]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

// Swagger UI behaves otherwise where its address is one of this machine.
for (const host of ["127.0.0.1", "bastion.example"]) {
  test(`the description is shown at ${host}, without a fault and with nothing from elsewhere`, async () => {
    const { context, page, faults } = await openPage(browser);
    const base = `http://${host}:${server.port}`;
    const [asked, answered] = [[], []];
    page.on("request", (request) => asked.push(request.url()));
    page.on("response", (response) => answered.push(`${response.status()} ${new URL(response.url()).pathname}`));
    await page.goto(`${base}/docs`);
    await page.getByRole("heading", { name: /^Bastion/ }).first().waitFor();
    const description = await (await fetch(`${server.base}/openapi.json`)).json();
    const methods = new Set(["get", "put", "post", "delete", "patch"]);
    const operations = Object.values(description.paths).flatMap((path) => Object.keys(path).filter((key) => methods.has(key)));
    assert.ok(operations.length > 50, `${operations.length} operations`);
    await page.waitForFunction((count) => document.querySelectorAll(".opblock").length === count, operations.length);
    await page.getByText("/api/scan/run", { exact: true }).first().click();
    await page.getByRole("button", { name: "Try it out" }).first().waitFor();
    assert.deepEqual(asked.filter((url) => !url.startsWith(`${base}/`) && !url.startsWith("data:")), []);
    assert.deepEqual(answered.filter((line) => !/^(200|304|308) /.test(line)), []);
    assert.ok(answered.some((line) => line.startsWith("200 /docs/swagger-ui-bundle.js")), answered.join("\n"));
    // Without HTTPS a browser leaves that header out of account wherever the address is not of this machine, and says so.
    const insecure = "The Cross-Origin-Opener-Policy header has been ignored";
    assert.deepEqual(faults.filter((fault) => !fault.includes(insecure)), []);
    await context.close();
  });
}
