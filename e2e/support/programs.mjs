// Starts the real programs on free ports with folders of their own, and stops them.
import { spawn } from "node:child_process";
import { access, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import net from "node:net";
import { pause } from "./moments.mjs";

const root = resolve(import.meta.dirname, "../..");
export const target = process.env.BASTION_TARGET ?? join(root, "target");
export const web = process.env.BASTION_WEB_DIST ?? join(target, "web/dist");
const profile = process.env.BASTION_PROFILE ?? "debug";
export const programs = join(target, profile);
export const bastion = join(programs, "bastion");
export const agentProgram = join(programs, "bastion-mcp");

export async function freePort() {
  const server = net.createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const exists = (path) => access(path).then(() => true, () => false);

export async function folder() {
  return mkdtemp(join(tmpdir(), "bastion-e2e-"));
}

// A program that runs until `stop`. What it said is kept for the report of a failure.
export class Program {
  constructor(name, command, args, env = {}) {
    this.name = name;
    this.said = "";
    this.child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((done) => {
      this.child.once("exit", (code, signal) => done({ code, signal }));
      this.child.once("error", (error) => {
        this.said += error.message;
        done({ code: null, signal: null });
      });
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on("data", (data) => (this.said = (this.said + data).slice(-200_000)));
    }
  }

  // Waits until `ready` answers something; fails with what the program said.
  async until(ready, seconds = 60) {
    const deadline = Date.now() + seconds * 1000;
    let over = false;
    this.ended.then(() => (over = true));
    while (Date.now() < deadline && !over) {
      const answer = await ready(this).catch(() => undefined);
      if (answer) return answer;
      await pause(25);
    }
    throw new Error(`${this.name} did not become ready; it said:\n${this.said.slice(-4000)}`);
  }

  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    const patience = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    const ended = await this.ended;
    clearTimeout(patience);
    return ended;
  }
}

// Does `work` with something that was started; stops it again when that fails. Whatever still ran would keep the journey
// from ending, and so from saying why, until its time is over.
export async function orElse(stop, work) {
  try {
    return await work();
  } catch (error) {
    await stop();
    throw error;
  }
}

const answers = (url) => async () => (await fetch(url)).ok;

// `bastion demo`, ready to be looked at: with a history of its own, or, among the journeys of a run, with a copy of one
// that is made once.
export async function startDemo() {
  const data = await folder();
  const shared = process.env.BASTION_DEMO_HISTORY;
  if (shared) {
    await haveHistory(shared);
    await cp(shared, data, { recursive: true });
  }
  return demoIn(data);
}

// Complete, or not there at all: whoever comes first makes it, and the others wait.
async function haveHistory(shared) {
  const making = `${shared}.making`;
  while (!(await exists(shared))) {
    const first = await mkdir(making).then(() => true, () => false);
    if (first) {
      await orElse(() => rm(making, { recursive: true }), () => makeHistory(making));
      await rename(making, shared);
    } else {
      await pause(200);
    }
  }
}

async function makeHistory(making) {
  const demo = await demoIn(making);
  await demo.program.stop();
}

// `bastion demo` in a folder, not waited for.
export function demoProgram(data, port, more = []) {
  const args = ["demo", "--port", String(port), "--data", data, "--ui", web, ...more];
  return new Program("bastion demo", bastion, args, { BASTION_MCP_BIN: agentProgram });
}

async function demoIn(data) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const program = demoProgram(data, port);
  const stop = () => end(program, data);
  return orElse(stop, async () => {
    await program.until(answers(`${base}/readyz`), 300);
    const credentials = JSON.parse(await readFile(join(data, "demo-credentials.json"), "utf8"));
    return { base, data, program, credentials, stop };
  });
}

// Writing beyond the limit fails instead of ending the program, as it does where a disk is full.
const limited = 'trap "" XFSZ; limit=$1; shift; exec prlimit --fsize="$limit" -- "$@"';

// `bastion serve`, with nothing in it unless it is given an earlier one's folder; `within`: the most bytes of a file.
export async function startServer(env = {}, { data, port, ui = web, within } = {}) {
  [data, port] = [data ?? (await folder()), port ?? (await freePort())];
  const base = `http://127.0.0.1:${port}`;
  const args = ["serve", "--listen", `127.0.0.1:${port}`, "--data", data, "--ui", ui];
  const [command, ...rest] = within ? ["sh", "-c", limited, "sh", String(within), bastion, ...args] : [bastion, ...args];
  // A journey asks more often than anybody would.
  const program = new Program("bastion serve", command, rest, { BASTION_RATE_LIMIT: "off", ...env });
  const stop = () => end(program, data);
  await orElse(stop, () => program.until(answers(`${base}/readyz`)));
  return { base, data, port, program, stop };
}

// `bastion-mcp serve` beside these databases: `{name: url}`; `at` a port of one's own choosing.
export async function startAgent(sources, extra = [], { at, tokenless = false } = {}) {
  const [data, port] = [await folder(), at ?? (await freePort())];
  const token = "e2e-token-0123456789abcdef";
  const tokenFile = join(data, "token");
  await writeFile(tokenFile, token);
  const named = Object.entries(sources).flatMap(([name, url]) => ["--source", `${name}=${url}`]);
  const asked = tokenless ? [] : ["--token-file", tokenFile];
  const args = ["serve", "--listen", `127.0.0.1:${port}`, ...asked, ...named, ...extra];
  const program = new Program("bastion-mcp", agentProgram, args);
  const stop = () => end(program, data);
  await orElse(stop, () => program.until(answers(`http://127.0.0.1:${port}/healthz`)));
  return { url: `http://127.0.0.1:${port}/mcp`, port, token, program, stop };
}

async function end(program, data) {
  await program.stop();
  await rm(data, { recursive: true, force: true });
}
