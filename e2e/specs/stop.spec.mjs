// A server that is told to stop: what is under way comes to its end, and then the program does.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, test } from "node:test";
import { founder } from "../support/client.mjs";
import { startServer } from "../support/programs.mjs";

let server, client;

before(async () => {
  server = await startServer({}, { ui: "off" });
  client = await founder(server.base);
});

after(() => server?.stop());

test("a request's id stands in the log", async () => {
  const answer = await fetch(`${server.base}/api/auth/me`);
  const id = answer.headers.get("x-request-id");
  assert.match(id, /^[0-9a-f-]{36}$/);
  await server.program.until(async ({ said }) => said.includes(id));
});

test("a stream ends, a request that has begun is answered, nobody new is let in, and the program ends by itself", async () => {
  const headers = { cookie: client.cookie, "x-bastion-org": client.org };
  const stream = await fetch(`${server.base}/api/agents/logs/stream`, { headers });
  assert.equal(stream.status, 200);

  // Half a request: its body is still on the way.
  const body = JSON.stringify({ name: "shop", transport: "direct", url: "http://127.0.0.1:1/mcp", token: "a-token-of-some-length" });
  const request = net.connect(server.port, "127.0.0.1");
  await once(request, "connect");
  request.write(
    [
      "POST /api/sources HTTP/1.1",
      `host: 127.0.0.1:${server.port}`,
      `origin: ${server.base}`,
      `cookie: ${client.cookie}`,
      `x-bastion-org: ${client.org}`,
      "content-type: application/json",
      `content-length: ${body.length}`,
      "expect: 100-continue",
      "connection: close",
      "",
      body.slice(0, 10),
    ].join("\r\n"),
  );
  let answer = "";
  request.on("data", (data) => (answer += data));
  const answered = once(request, "close");
  // The server says that it waits for the rest.
  while (!answer.includes("100 Continue")) await once(request, "data");

  server.program.child.kill("SIGTERM");
  // The stream is over without an error, and so does not hold the server up.
  for await (const chunk of stream.body) assert.ok(chunk);
  await server.program.until(() => fetch(`${server.base}/livez`).then(() => false, () => true));
  request.write(body.slice(10));
  await answered;
  assert.match(answer, /HTTP\/1.1 201 Created/, answer);
  assert.deepEqual(await server.program.ended, { code: 0, signal: null });
});
