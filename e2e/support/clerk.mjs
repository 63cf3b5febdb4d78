// An instance of Clerk as a browser and its webhooks show it: the front-end API for the real library, which it serves as an
// instance does, and events signed as Svix signs them. Shapes are those of Clerk's own types; what is asked beyond them is refused,
// and is a fault of the journey.
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import https from "node:https";
import { join } from "node:path";
import { environment, person, session, signIn } from "./clerk-objects.mjs";

const secret = Buffer.from("the secret of a strict fake of Clerk");
export const webhookSecret = `whsec_${secret.toString("base64")}`;

// The packages that an instance serves, by a major version or by a whole one.
const PACKAGE = /^(@clerk\/clerk-js(?=@6)|@clerk\/ui(?=@1))@\d+(?:\.\d+\.\d+)?(\/dist\/[\w.-]+\.js)$/;
const root = (name) => join(import.meta.dirname, "../node_modules", name);
const coded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const refusal = (code, message) => ({ errors: [{ code, message, long_message: message, meta: {} }] });

// `issued`: the files of a key and its certificate for 127.0.0.1.
export async function startClerk([key, certificate]) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const tls = { key: await readFile(key), cert: await readFile(certificate) };
  const instance = new Instance(privateKey);
  const server = https.createServer(tls, (request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => instance.answer(request, Buffer.concat(parts).toString(), response).catch((error) => {
      instance.faults.push(error.stack);
      response.destroy();
    }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  instance.host = `127.0.0.1:${server.address().port}`;
  instance.issuer = `https://${instance.host}`;
  instance.publishableKey = `pk_live_${Buffer.from(`${instance.host}$`).toString("base64")}`;
  instance.stop = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return instance;
}

class Instance {
  // What was asked that an instance does not answer.
  faults = [];
  // Which of its addresses were asked, with their methods.
  asked = [];
  // By address: people with their passwords.
  people = new Map();
  // By what a browser keeps in its cookie.
  clients = new Map();
  // Whether the tokens that come with a session have ended already; those that are asked for hold.
  late = false;

  constructor(privateKey) {
    this.privateKey = privateKey;
    this.jwk = { ...privateKey.export({ format: "jwk" }), use: "sig", kid: "ins_journey", alg: "RS256" };
    for (const secret of ["d", "p", "q", "dp", "dq", "qi"]) delete this.jwk[secret];
  }

  // Somebody who has an account there. `organization`: the id of the one that they have chosen.
  keep({ id, email, name, password, organization }) {
    this.people.set(email, { id, email, name, password, organization });
  }

  // The token of a session, for a page of `origin`.
  token({ id, user, organization }, origin, late = false) {
    const made = Math.floor(Date.now() / 1000) - (late ? 600 : 0);
    const claims = { iss: this.issuer, sub: user, sid: id, azp: origin, iat: made, nbf: made - 10, exp: made + 60 };
    const chosen = organization ? { o: { id: organization, rol: "member" } } : {};
    const all = { ...claims, jti: randomUUID().slice(0, 8), v: 2, sts: "active", fva: [0, -1], ...chosen };
    const message = `${coded({ alg: "RS256", cat: "cl_B7d4PD111AAA", kid: this.jwk.kid, typ: "JWT" })}.${coded(all)}`;
    return `${message}.${sign("sha256", Buffer.from(message), this.privateKey).toString("base64url")}`;
  }

  // Sends an event as Svix does; answers the status.
  async send(base, id, type, data, { at = Date.now(), key = secret } = {}) {
    const body = JSON.stringify({ type, object: "event", data, timestamp: at, instance_id: "ins_journey" });
    const seconds = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
    const signed = { "svix-id": id, "svix-timestamp": String(seconds), "svix-signature": `v1,${signature}` };
    const headers = { "content-type": "application/json", ...signed };
    const answer = await fetch(`${base}/api/webhooks/clerk`, { method: "POST", headers, body });
    return answer.status;
  }

  async answer(request, text, response) {
    const url = new URL(request.url, this.issuer);
    const origin = request.headers.origin;
    const method = url.searchParams.get("_method") ?? request.method;
    this.asked.push(`${method} ${url.pathname}`);
    const allowed = origin
      ? { "access-control-allow-origin": origin, "access-control-allow-credentials": "true", vary: "Origin" }
      : {};
    const reply = (status, body, more = {}) => {
      const kind = typeof body === "object" && !Buffer.isBuffer(body) ? "application/json" : undefined;
      const headers = { ...allowed, "cache-control": "no-store", ...(kind && { "content-type": kind }), ...more };
      response.writeHead(status, headers).end(kind ? JSON.stringify(body) : body);
    };
    if (request.method === "OPTIONS") {
      const asks = request.headers["access-control-request-headers"] ?? "";
      return reply(204, "", { "access-control-allow-methods": "GET, POST", "access-control-allow-headers": asks });
    }
    if (url.pathname === "/.well-known/jwks.json") return reply(200, { keys: [this.jwk] });
    if (url.pathname.startsWith("/npm/")) return this.file(url.pathname.slice(5), reply);
    const cookie = request.headers.cookie?.match(/(?:^|; )__client=([^;]+)/)?.[1];
    const found = url.pathname.startsWith("/v1/") && this.api(method, url, new URLSearchParams(text), origin, cookie);
    if (found) return reply(...found);
    this.faults.push(`${method} ${url.pathname} is not answered`);
    return reply(404, refusal("resource_not_found", "not found"));
  }

  async file(path, reply) {
    const [, name, inside] = path.match(PACKAGE) ?? [];
    if (!name) {
      this.faults.push(`there is no file ${path}`);
      return reply(404, "");
    }
    return reply(200, await readFile(join(root(name), inside)), { "content-type": "text/javascript" });
  }

  // The status and the body; nothing for what an instance does not have.
  api(method, url, form, origin, cookie) {
    if (!url.searchParams.get("__clerk_api_version")) return [400, refusal("api_version_missing", "say which version")];
    const route = `${method} ${url.pathname.slice(3)}`;
    if (/^(GET|PATCH) \/environment$/.test(route)) return [200, environment()];
    const known = this.clients.get(cookie);
    if (/^GET \/client$/.test(route) && !known) return [200, { response: null, client: null }];
    const own = known ? cookie : `client_${randomUUID()}`;
    const client = known ?? { sessions: [], attempt: null };
    if (!known) this.clients.set(own, client);
    // For its pages alone, which are of another host than the application's: it comes along with what those ask for.
    const kept = { "set-cookie": `__client=${own}; Path=/; HttpOnly; Secure; SameSite=None` };
    const answered = (answer) => [200, { response: answer, client: this.shown(client, origin) }, kept];
    if (/^(GET|PUT) \/client$/.test(route)) return [200, { response: this.shown(client, origin), client: null }, kept];
    if (route === "DELETE /client/sessions") {
      client.sessions = [];
      client.attempt = null;
      return answered(this.shown(client, origin));
    }
    if (route === "POST /client/sign_ins") {
      const person = this.people.get(form.get("identifier"));
      if (!person) return [422, refusal("form_identifier_not_found", "Couldn't find your account.")];
      client.attempt = { id: `sia_${randomUUID()}`, person, session: null };
      if (form.get("strategy") === "password") return this.prove(client, form, answered);
      return answered(signIn(client.attempt));
    }
    const [, attempt] = route.match(/^POST \/client\/sign_ins\/(\w[\w-]*)\/attempt_first_factor$/) ?? [];
    if (attempt && attempt === client.attempt?.id) return this.prove(client, form, answered);
    const [, id, what] = route.match(/^POST \/client\/sessions\/(\w[\w-]*)\/(touch|tokens)$/) ?? [];
    const held = client.sessions.find((one) => one.id === id);
    if (!held) return undefined;
    if (what === "tokens") return [200, { object: "token", jwt: this.token(held, origin) }];
    return answered(session(held, this.token(held, origin, this.late)));
  }

  prove(client, form, answered) {
    const { attempt } = client;
    if (form.get("strategy") !== "password" || form.get("password") !== attempt.person.password)
      return [422, refusal("form_password_incorrect", "Password is incorrect. Try again, or use another method.")];
    const { id, organization } = attempt.person;
    attempt.session = `sess_${randomUUID().replaceAll("-", "")}`;
    client.sessions = [{ id: attempt.session, user: id, person: person(attempt.person), organization }];
    return answered(signIn(attempt));
  }

  shown({ sessions, attempt }, origin) {
    const now = Date.now();
    return {
      object: "client",
      id: "client_journey",
      sessions: sessions.map((held) => session(held, this.token(held, origin, this.late))),
      sign_in: attempt && !attempt.session ? signIn(attempt) : null,
      sign_up: null,
      last_active_session_id: sessions[0]?.id ?? null,
      last_authentication_strategy: null,
      captcha_bypass: false,
      cookie_expires_at: now + 365 * 86_400_000,
      created_at: now,
      updated_at: now,
    };
  }
}
