// What an idle server needs.
import { readFile } from "node:fs/promises";
import { startServer } from "../support/programs.mjs";

async function resident(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}

export async function server() {
  const memory = [];
  const start = [];
  for (let i = 0; i < 3; i += 1) {
    const begun = performance.now();
    const program = await startServer();
    start.push((performance.now() - begun) / 1000);
    await new Promise((done) => setTimeout(done, 3000));
    memory.push(await resident(program.program.child.pid));
    await program.stop();
  }
  return [
    { what: "resident memory, idle, three seconds after the start", unit: "MiB", runs: memory, limit: 80 },
    { what: "from start to ready, empty folder", unit: "s", runs: start },
  ];
}
