// Python's standard library brings SQLite, which Node.js 20 does not.
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
let found;

// Its program. A `python3` on the path may be a script that looks for it, which takes longer than most statements.
export const python = () =>
  (found ??= execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim());

// What a script prints.
export async function printed(script, ...args) {
  const { stdout } = await run(python(), ["-c", script, ...args], { maxBuffer: 1 << 24 });
  return stdout.trim();
}
