// What a caller of the agent sees: a job started, its pages fetched to the end.
import { setTimeout as pause } from "node:timers/promises";
import { startAgent } from "../support/programs.mjs";
import { mostMemory } from "./measured.mjs";

// A call of one of the agent's tools, as any MCP client makes it; answers what the tool said and how many bytes that was.
async function asked(agent, name, args) {
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    authorization: `Bearer ${agent.token}`,
    "mcp-protocol-version": "2025-06-18",
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } });
  const answer = await fetch(agent.url, { method: "POST", headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${name} answered ${answer.status}: ${text.slice(0, 400)}`);
  const event = text.split("\n").findLast((line) => line.startsWith("data:") && line.length > 6);
  const { result, error } = JSON.parse(event ? event.slice(5) : text);
  if (error || result.isError) throw new Error(`${name} failed: ${JSON.stringify(error ?? result).slice(0, 400)}`);
  return { content: result.structuredContent, bytes: Buffer.byteLength(text) };
}

export const call = async (agent, name, args) => (await asked(agent, name, args)).content;

// Runs `kind` (`schema_scan`, `profile`) on an agent of its own that serves over HTTP; the seconds, the bytes of the largest
// page and the most memory of the agent in MiB, as bastion-mcp and not its caller had it.
export async function served(url, kind, args) {
  const agent = await startAgent({ bench: url });
  try {
    const start = performance.now();
    const { job } = await call(agent, `${kind}_start`, { source: "bench", ...args });
    let [cursor, largest, pages] = [undefined, 0, 0];
    for (;;) {
      const { content, bytes } = await asked(agent, `${kind}_get`, { job, ...(cursor && { cursor }) });
      if (["failed", "cancelled"].includes(content.status)) throw new Error(`${kind} failed: ${JSON.stringify(content.error)}`);
      largest = Math.max(largest, bytes);
      pages += content.page.length;
      if (content.status === "done" && !content.next_cursor) break;
      if (content.page.length === 0) await pause(20);
      cursor = content.next_cursor ?? cursor;
    }
    if (pages === 0) throw new Error(`${kind} told nothing`);
    return { wall: (performance.now() - start) / 1000, largest, memory: await mostMemory(agent.program.child.pid) };
  } finally {
    await agent.stop();
  }
}
