// What others use for the same, installed by package name into folders of their own.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { target } from "../support/programs.mjs";

const run = promisify(execFile);
// Such as `soda,great_expectations`; all when it is not set, none when it is empty.
const only = process.env.BASTION_BENCH_PEERS?.split(",");

const installs = {
  py: async (home, packages) => {
    await run("python3", ["-m", "venv", home]);
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    await run(join(home, "bin/python"), install, { timeout: 600_000, maxBuffer: 1 << 26 });
  },
  // With a Node.js of their own: some want a newer one than is there.
  mjs: (home, packages) =>
    run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", home, "node@26.10.0", ...packages], { timeout: 600_000 }),
};
// What runs a script. Python is told not to look beside it for packages: the scripts are named as what they measure.
const interpreters = {
  py: (home, script) => [join(home, "bin/python"), ["-I", script]],
  mjs: (home, script) => [join(home, "node_modules/.bin/node"), [script, home]],
};

// The command that runs a peer's script, which stands in the folder `peers`.
async function command({ packages, script }) {
  const [name, language] = script.split(".");
  const home = join(target, "bench-peers", name);
  if (!existsSync(join(home, "installed"))) {
    console.error(`installing ${packages.join(" ")}`);
    await mkdir(home, { recursive: true });
    await installs[language](home, packages);
    await writeFile(join(home, "installed"), packages.join("\n"));
  }
  return interpreters[language](home, resolve(import.meta.dirname, "peers", script));
}

// The rows that `work` makes of each peer that is asked for and can be had; the others are listed as such.
export async function eachPeer(peers, prefix, work) {
  const results = [];
  const asked = Object.entries(peers).filter(([, { script }]) => !only || only.includes(script.split(".")[0]));
  for (const [name, peer] of asked) {
    try {
      const [program, args] = await command(peer);
      console.error(`measuring ${name}`);
      results.push(...(await work(name, program, args, peer)));
    } catch (error) {
      console.error(`${name} could not be measured here: ${String(error.message ?? error).slice(-600)}`);
      results.push({ what: `${prefix}: ${name}: could not be measured here`, unit: "", runs: [0] });
    }
  }
  return results;
}
