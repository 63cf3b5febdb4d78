// The API as a program uses it: somebody with a session, and what they do again and again.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

// Somebody at a server; `org` is set once they belong to one.
export class Client {
  constructor(base) {
    this.base = base;
    this.cookie = "";
    this.org = "";
  }

  // The same person's session, at another server or in another organization.
  at({ base = this.base, org = this.org }) {
    return Object.assign(new Client(base), { cookie: this.cookie, org });
  }

  async call(method, path, body, more = {}) {
    // As a page of the server would: a cookie is taken from nobody else.
    const headers = { origin: this.base, cookie: this.cookie, ...(this.org && { "x-bastion-org": this.org }), ...more };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(this.base + path, { method, headers, body: body && JSON.stringify(body) });
    this.cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? this.cookie;
    const text = await answer.text();
    return { status: answer.status, body: text && JSON.parse(text) };
  }

  // What a call that must succeed answers.
  async ok(method, path, body) {
    const answer = await this.call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get(path) {
    return this.ok("GET", path);
  }

  // A list's items; some lists are answered without a cursor.
  async list(path) {
    const answer = await this.get(path);
    return Array.isArray(answer) ? answer : answer.items;
  }

  async addSource(name, agent, more = {}) {
    return this.ok("POST", "/api/sources", { name, transport: "direct", url: agent.url, token: agent.token, ...more });
  }

  async startScan(source) {
    return (await this.ok("POST", "/api/scan/run", { source })).run_id;
  }

  run(id) {
    return this.get(`/api/scan/runs/${id}`);
  }

  // Looks at a run until `wanted` holds of it.
  async until(id, wanted, seconds = 90) {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const run = await this.run(id);
      if (wanted(run)) return run;
      assert.ok(Date.now() < deadline, `run ${id} does not get there: ${JSON.stringify(run)}`);
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  finish(id, seconds) {
    return this.until(id, ended, seconds);
  }

  // A whole scan that succeeds.
  async scan(source) {
    const run = await this.finish(await this.startScan(source));
    assert.equal(run.state, "succeeded", JSON.stringify(run.error));
    return run;
  }
}

export const ended = (run) => ["succeeded", "failed", "cancelled"].includes(run.state);

// A new account that owns a new organization.
export async function founder(base) {
  const client = new Client(base);
  const email = `${randomUUID()}@example.com`;
  await client.ok("POST", "/api/auth/sign-up", { email, password: "correct horse battery", name: "Ada" });
  client.org = (await client.ok("POST", "/api/orgs", { name: `Org ${randomUUID()}` })).slug;
  return client;
}
