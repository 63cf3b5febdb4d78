// MCP clients of other makers use the agent as ours does, and the official conformance suite finds nothing new.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { chinookFile } from "../support/databases.mjs";
import { agentProgram, startAgent, target } from "../support/programs.mjs";

const run = promisify(execFile);
// Installed by `cargo xtask test`.
const clients = process.env.BASTION_MCP_CLIENTS ?? join(target, "clients");
const baseline = join(import.meta.dirname, "../conformance.yml");
const support = join(import.meta.dirname, "../support");

const TOOLS = "backfill_get backfill_start freshness job_cancel profile_get profile_start schema_scan_get schema_scan_start source_info".split(" ");

let chinook, agent, open;

before(async () => {
  chinook = await chinookFile();
  agent = await startAgent({ chinook: chinook.url });
  // The conformance suite has no token to show.
  open = await startAgent({ chinook: chinook.url }, [], { tokenless: true });
});

after(async () => {
  await open?.stop();
  await agent?.stop();
  await chinook?.remove();
});

// A program of an npm package; they want a newer Node.js than this one may be.
async function npm(name, ...args) {
  const folder = join(clients, "node_modules");
  const { bin } = JSON.parse(await readFile(join(folder, "@modelcontextprotocol", name, "package.json"), "utf8"));
  const script = join(folder, "@modelcontextprotocol", name, Object.values(bin)[0]);
  const PATH = `${join(folder, ".bin")}:${process.env.PATH}`;
  const env = { ...process.env, PATH, HOME: clients };
  return run(join(folder, ".bin/node"), [script, ...args], { env, maxBuffer: 1 << 26 });
}

describe("the MCP Inspector", () => {
  const parse = ({ stdout }) => {
    const answer = JSON.parse(stdout);
    return answer.result ?? answer;
  };
  const overHttp = async (...args) => {
    const header = `Authorization: Bearer ${agent.token}`;
    return parse(await npm("inspector", "--cli", agent.url, "--transport", "http", "--header", header, "--format", "json", ...args));
  };
  const overStdio = async (...args) => {
    const server = [agentProgram, "serve", "--stdio", "--source", `chinook=${chinook.url}`];
    return parse(await npm("inspector", "--cli", ...server, "--format", "json", ...args));
  };
  const called = async (how, tool, args) => {
    const result = await how("--method", "tools/call", "--tool-name", tool, "--tool-args-json", JSON.stringify(args));
    assert.ok(!result.isError, JSON.stringify(result));
    return result.structuredContent;
  };

  test("lists and drives every tool over HTTP", async () => {
    const { tools } = await overHttp("--method", "tools/list");
    assert.deepEqual(tools.map(({ name }) => name).sort(), TOOLS);
    const source = (await called(overHttp, "source_info", {})).sources[0].name;
    const scan = (await called(overHttp, "schema_scan_start", { source })).job;
    const objects = (await called(overHttp, "schema_scan_get", { job: scan, wait_ms: 15000 })).page;
    const tables = objects.filter(({ kind }) => kind === "table").map(({ path }) => path);
    assert.equal(tables.length, 11);
    const profile = (await called(overHttp, "profile_start", { source })).job;
    assert.ok((await called(overHttp, "profile_get", { job: profile, wait_ms: 15000 })).page.length > 0);
    const backfill = (await called(overHttp, "backfill_start", { source, days: 400 })).job;
    assert.ok((await called(overHttp, "backfill_get", { job: backfill, wait_ms: 15000 })).page.length > 0);
    assert.equal((await called(overHttp, "freshness", { source, tables: tables.slice(0, 2) })).tables.length, 2);
    assert.equal((await called(overHttp, "job_cancel", { job: profile })).job, profile);
  });

  test("lists the tools and calls one over standard input and output", async () => {
    const { tools } = await overStdio("--method", "tools/list");
    assert.deepEqual(tools.map(({ name }) => name).sort(), TOOLS);
    assert.equal((await called(overStdio, "source_info", {})).sources[0].reachable, true);
  });

  test("is refused without the token", async () => {
    const refused = npm("inspector", "--cli", agent.url, "--transport", "http", "--method", "tools/list");
    await assert.rejects(refused, (error) => error.code === 3 || /401|nauthorized/.test(error.stderr));
  });
});

// Each lists the tools and calls every one, over both transports.
const typescript = (line) => [join(clients, "node_modules/.bin/node"), join(support, "client-typescript.mjs"), clients, line];
const SDKS = {
  "the Python client": [join(clients, "python/bin/python"), join(support, "client.py")],
  "the TypeScript client": typescript("v2"),
  "the TypeScript client of the first line": typescript("v1"),
};

for (const [sdk, [program, ...script]] of Object.entries(SDKS)) {
  describe(sdk, () => {
    const drive = async (...args) => JSON.parse((await run(program, [...script, ...args])).stdout);
    const ways = {
      HTTP: () => drive(agent.url, agent.token),
      "standard input and output": () => drive(agentProgram, "serve", "--stdio", "--source", `chinook=${chinook.url}`),
    };
    for (const [name, seen] of Object.entries(ways)) {
      test(`lists and drives every tool over ${name}`, async () => {
        const { tools, answers, refusals, tables, profiled } = await seen();
        assert.deepEqual(tools.sort(), TOOLS);
        assert.deepEqual(answers, Object.fromEntries(TOOLS.map((tool) => [tool, true])));
        assert.deepEqual(refusals, { schema_scan_get: "job_unknown", schema_scan_start: "source_unknown" });
        assert.equal(tables, 11);
        assert.ok(profiled > 0);
      });
    }
  });
}

describe("the conformance suite", () => {
  for (const revision of ["2025-11-25", "2026-07-28"]) {
    test(`finds nothing at revision ${revision} that is not in the list of what is left out, with its reason`, async () => {
      const args = ["server", "--url", open.url, "--suite", "all", "--spec-version", revision];
      // It fails with what is not on the list, and with what is on it and passes.
      const { stdout } = await npm("conformance", ...args, "--expected-failures", baseline);
      const passed = Number(/^Total: (\d+) passed/m.exec(stdout)?.[1]);
      assert.ok(passed >= 30, stdout.slice(-2000));
    });
  }
});
