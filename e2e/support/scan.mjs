// Starts scans from the agents' page, and knows when that very scan is over.
import assert from "node:assert/strict";

// What the API tells the person who is signed in on this page.
export function api(page, org, path) {
  return page.evaluate(
    async ([org, path]) => (await fetch(path, { headers: { "x-bastion-org": org } })).json(),
    [org, path],
  );
}

// Presses "Run scan now" on the agents' page that is open, and waits until the run that this made has succeeded.
export async function scanNow(page, org, source) {
  const newest = async () => (await api(page, org, `/api/scan/runs?limit=1&source=${source}`)).items[0];
  const last = (await newest())?.id;
  await page.getByRole("button", { name: "Run scan now" }).click();
  const deadline = Date.now() + 60_000;
  for (;;) {
    const run = await newest();
    if (run && run.id !== last && run.state === "succeeded") break;
    assert.ok(Date.now() < deadline, `the scan of ${source} did not end: ${JSON.stringify(run)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  await page.getByText("No scan is running").waitFor();
}
