// Servers that answer wrongly on purpose.
import http from "node:http";

// Answers every request with what `answer(request, response)` does.
export async function serving(answer) {
  const server = http.createServer(answer);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

// Answers every request alike.
export const answering = (status, type, body) =>
  serving((request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": type });
    response.end(body);
  });

// An agent that does well until a tool is called: `spoil(tool, response, pass)` answers in its place, or lets it `pass`.
export const spoiling = (agent, spoil) =>
  serving((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", async () => {
      const body = Buffer.concat(parts);
      const { host: _, "content-length": __, connection: ___, ...headers } = request.headers;
      const pass = async () => {
        const answer = await fetch(agent.url, { method: request.method, headers, body: body.length ? body : undefined });
        const type = answer.headers.get("content-type");
        response.writeHead(answer.status, type ? { "content-type": type } : {});
        response.end(Buffer.from(await answer.arrayBuffer()));
      };
      const { id, params } = JSON.parse(body.toString() || "{}");
      try {
        if (params?.name) await spoil(params.name, response, pass, id);
        else await pass();
      } catch {
        response.destroy();
      }
    });
  });

// An agent that does well; from `hold` on whoever asks it for what its tables hold waits, until `release`.
export async function waiting(agent) {
  let released;
  let release = () => {};
  const slow = await spoiling(agent, async (tool, _response, pass) => {
    if (tool === "profile_get") await released;
    return pass();
  });
  return {
    ...slow,
    url: `${slow.base}/mcp`,
    token: agent.token,
    hold: () => (released = new Promise((done) => (release = done))),
    release: () => release(),
  };
}
