// dbhub, an MCP server for databases: a thousand tables of one schema, in full. Usage: dbhub.mjs PACKAGES URL SCHEMA TABLES
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [packages, url, schema, tables] = process.argv.slice(2);
const program = join(packages, "node_modules/@bytebase/dbhub/dist/index.js");
const server = spawn(process.execPath, [program, "--transport", "stdio", "--dsn", `${url}?sslmode=disable`], { stdio: ["pipe", "pipe", "inherit"] });
const waiting = new Map();
createInterface({ input: server.stdout }).on("line", (line) => {
  const { id, ...answer } = JSON.parse(line);
  waiting.get(id)?.(answer);
});
const send = (message) => server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const ask = (id, method, params) => new Promise((done) => {
  waiting.set(id, done);
  send({ id, method, params });
});

await ask(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } });
send({ method: "notifications/initialized" });
const args = { object_type: "table", schema, pattern: "%", detail_level: "full", limit: 1000 };
const { result, error } = await ask(2, "tools/call", { name: "search_objects", arguments: args });
server.kill();
const text = result?.content?.[0]?.text ?? "";
const columns = text.split('"c16"').length - 1;
if (error || columns !== Math.min(tables, 1000)) throw new Error(`${columns} tables were described: ${JSON.stringify(error ?? text.slice(0, 400))}`);
