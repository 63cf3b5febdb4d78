// An agent that lets nobody in and remembers what it was shown: it tells whether a server can open the secrets that it keeps.
import assert from "node:assert/strict";
import { pause } from "./moments.mjs";
import { serving } from "./stub.mjs";

// A server that has not looked yet for the master key that another process made says so, and has it in a moment.
const SECONDS = 10;

// Does what has to succeed, if not at once.
export async function patiently(client, method, path, body) {
  const deadline = Date.now() + SECONDS * 1000;
  for (;;) {
    const answer = await client.call(method, path, body);
    if (answer.status < 300) return answer.body;
    const inAMoment = answer.status === 503 && Date.now() < deadline;
    assert.ok(inAMoment, `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    await pause(100);
  }
}

export async function startListener() {
  let heard = new Set();
  const agent = await serving((request, response) => {
    heard.add(request.headers.authorization);
    request.resume();
    response.writeHead(401).end();
  });
  return {
    // Keeps a source with a token of its own.
    keep: (client, name) =>
      patiently(client, "POST", "/api/sources", { name, transport: "direct", url: agent.base, token: token(client, name) }),
    // Of these, as `[client, name]`, the ones whose token is not shown when they are tried.
    async unreadable(kept) {
      heard = new Set();
      await together(kept, ([client, name]) => patiently(client, "POST", `/api/sources/${name}/test`, {}));
      return kept.filter(([client, name]) => !heard.has(`Bearer ${token(client, name)}`)).map(([, name]) => name);
    },
    stop: () => agent.stop(),
  };
}

const token = (client, name) => `token-of-${client.org}-${name}`;

// Does all of it, a few at a time.
export async function together(items, work) {
  const waiting = [...items];
  const next = async () => {
    while (waiting.length > 0) await work(waiting.pop());
  };
  await Promise.all(Array.from({ length: 4 }, next));
}
