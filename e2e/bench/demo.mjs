// How long somebody waits for the demo's history, which is scanned for real, day by day.
import { startDemo } from "../support/programs.mjs";

export async function demo() {
  delete process.env.BASTION_DEMO_HISTORY;
  const runs = [];
  for (let i = 0; i < 3; i += 1) {
    const begun = performance.now();
    const started = await startDemo();
    runs.push((performance.now() - begun) / 1000);
    await started.stop();
  }
  return [{ what: `from start to ready, with 76 days of history, ${process.env.BASTION_PROFILE ?? "debug"} programs`, unit: "s", runs, limit: 30 }];
}
