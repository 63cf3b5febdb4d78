// Every tool of a bastion-mcp by the TypeScript SDK: `client-typescript.mjs PACKAGES v1|v2 URL TOKEN`, or
// `… PROGRAM ARGUMENT…`; PACKAGES is the folder that they are installed in.
//
// Prints what it saw as one JSON object: the tools on offer, and of each that was called whether it answered well.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, line, first, ...rest] = process.argv.slice(2);
const { resolve } = createRequire(join(packages, "package.json"));
const load = async (name) => import(pathToFileURL(resolve(name)));

// The first line has a module for each part, the second one package.
const LINES = {
  v1: async () => ({
    ...(await load("@modelcontextprotocol/sdk/client/index.js")),
    ...(await load("@modelcontextprotocol/sdk/client/stdio.js")),
    ...(await load("@modelcontextprotocol/sdk/client/streamableHttp.js")),
  }),
  v2: async () => ({ ...(await load("@modelcontextprotocol/client")), ...(await load("@modelcontextprotocol/client/stdio")) }),
};
const { Client, StdioClientTransport, StreamableHTTPClientTransport } = await LINES[line]();

const transport = first.startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(first), { requestInit: { headers: { authorization: `Bearer ${rest[0]}` } } })
  : new StdioClientTransport({ command: first, args: rest });
const client = new Client({ name: "bastion-e2e", version: "1.0.0" });
await client.connect(transport);

const answers = {};
// After `listTools` the SDK holds each answer against the tool's output schema, and fails where it does not fit.
async function call(tool, args = {}) {
  const result = await client.callTool({ name: tool, arguments: args });
  answers[tool] = !result.isError;
  return result.structuredContent;
}

const tools = (await client.listTools()).tools.map(({ name }) => name);
const source = (await call("source_info")).sources[0].name;
const scan = (await call("schema_scan_start", { source })).job;
const objects = (await call("schema_scan_get", { job: scan, wait_ms: 15000 })).page;
const tables = objects.filter(({ kind }) => kind === "table").map(({ path }) => path);
const profile = (await call("profile_start", { source })).job;
const { page } = await call("profile_get", { job: profile, wait_ms: 15000 });
const backfill = (await call("backfill_start", { source })).job;
await call("backfill_get", { job: backfill, wait_ms: 15000 });
await call("freshness", { source, tables: tables.slice(0, 1) });
await call("job_cancel", { job: profile });
// What is refused fits the schemas too, so that the caller gets to see why.
const refusals = {};
for (const [tool, args] of [["schema_scan_get", { job: "unknown" }], ["schema_scan_start", { source: "unknown" }]]) {
  const { isError, structuredContent } = await client.callTool({ name: tool, arguments: args });
  refusals[tool] = isError && structuredContent.code;
}
await client.close();
console.log(JSON.stringify({ tools, answers, refusals, tables: tables.length, profiled: page.length }));
