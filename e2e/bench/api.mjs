// What a request costs through a real server on both of its databases: the first page beside an address that asks nobody,
// what it takes to know who asks, and how long the first page takes while many sign in. The client has the same cores.
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";

import { founder } from "../support/client.mjs";
import { embedded, onPostgres } from "../support/control-plane.mjs";
import { chinookFile } from "../support/databases.mjs";
import { startAgent } from "../support/programs.mjs";
import { percentile, repeat } from "./measured.mjs";

const RUNS = 5;
// So many ask again as soon as they are answered.
const ASKING = 16;
const SECONDS = 4;
// Pairs of requests whose difference is what it costs to know who asks.
const PAIRS = 1_000;
const PEOPLE = 50;
// One is over within a second or two.
const STORMS_IN_A_RUN = 4;
// How often the first page is asked for meanwhile, whether or not it was answered, in milliseconds.
const EVERY = 20;
const PASSWORD = "correct horse battery";

// Every answer is read to its end, and must be the one that is measured.
async function ask(pool, request) {
  const start = performance.now();
  const { statusCode, body } = await pool.request({ method: "GET", ...request });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${request.path} answered ${statusCode}: ${text}`);
  return performance.now() - start;
}

async function connected(base, connections, work) {
  const pool = new Pool(base, { connections, pipelining: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

// Answers a second.
async function throughput(pool, request, seconds = SECONDS) {
  const start = performance.now();
  const end = start + seconds * 1000;
  let answered = 0;
  const person = async () => {
    while (performance.now() < end) {
      await ask(pool, request);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: ASKING }, person));
  return (answered * 1000) / (performance.now() - start);
}

// How many milliseconds longer the middle one of these takes than the middle one of those that ask nobody.
async function cost(pool, bare, request) {
  const times = { bare: [], request: [] };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    times.bare.push(await ask(pool, bare));
    times.request.push(await ask(pool, request));
  }
  return percentile(times.request, 0.5) - percentile(times.bare, 0.5);
}

const json = (base, address, body) => ({
  method: "POST",
  headers: { "content-type": "application/json", origin: base, "x-forwarded-for": address },
  body: JSON.stringify(body),
});

// Each has an address of their own: the limits of signing in are for an account and for an address, and hold as they do
// where people are at home. A storm comes from elsewhere than the one before.
const home = (storm, person) => `10.${storm >> 8}.${storm & 255}.${person + 1}`;
const email = (person) => `person-${person}@example.com`;

async function signUp(base, pool) {
  for (let person = 0; person < PEOPLE; person += 1) {
    const body = { email: email(person), password: PASSWORD, name: `Person ${person}` };
    await ask(pool, { path: "/api/auth/sign-up", ...json(base, home(0, person), body) });
  }
}

// All people sign in at once; answers how long each page took that was asked for before the last of them was in, and how
// long each of them took to get in.
async function storm(base, pool, people, page, number) {
  const signIn = (person) => ({
    path: "/api/auth/sign-in",
    ...json(base, home(number, person), { email: email(person), password: PASSWORD }),
  });
  let over = false;
  const entering = Promise.all(Array.from({ length: PEOPLE }, (_, person) => ask(people, signIn(person)))).finally(() => (over = true));
  const pages = [];
  while (!over) {
    pages.push(ask(pool, page));
    await pause(EVERY);
  }
  return { pages: await Promise.all(pages), entering: await entering };
}

async function storms(base, pool, page) {
  return connected(base, PEOPLE, async (people) => {
    let number = 0;
    await signUp(base, people);
    return repeat(RUNS, async () => {
      const found = await repeat(STORMS_IN_A_RUN, () => storm(base, pool, people, page, (number += 1)));
      const of = (key) => percentile(found.flatMap((one) => one[key]), 0.95);
      return { pages: of("pages"), entering: of("entering") };
    });
  });
}

async function quiet(pool, page) {
  const times = await repeat(200, async () => {
    const time = await ask(pool, page);
    await pause(EVERY / 4);
    return time;
  });
  return percentile(times, 0.95);
}

async function measuredOn(engine, most) {
  const plane = await { sqlite: embedded, postgres: onPostgres }[engine]();
  // Lines about requests would be read by this program, on the cores that the server needs.
  Object.assign(plane.env, { BASTION_LOG: "warn", BASTION_TRUSTED_PROXIES: "127.0.0.1/32" });
  const watched = await chinookFile();
  const agent = await startAgent({ shop: watched.url });
  try {
    const { base } = await plane.start();
    const client = await founder(base);
    await client.addSource("shop", agent, { agent_source: "shop" });
    await client.scan("shop");
    const named = { cookie: client.cookie, "x-bastion-org": client.org };
    const bare = { path: "/livez" };
    const page = { path: "/api/overview", headers: named };
    // One statement on the organization's own rows, which finds nothing.
    const small = { path: "/api/org/notifications", headers: named };
    const unnamed = { path: small.path, headers: { cookie: client.cookie } };
    const speeds = await connected(base, ASKING, async (pool) => {
      for (const request of [bare, page]) await throughput(pool, request, 1);
      return repeat(RUNS, async () => ({ bare: await throughput(pool, bare), page: await throughput(pool, page) }));
    });
    const costs = await connected(base, 1, async (pool) => {
      for (const request of [small, unnamed]) await cost(pool, bare, request);
      return repeat(RUNS, async () => ({ named: await cost(pool, bare, small), unnamed: await cost(pool, bare, unnamed) }));
    });
    const [calm, stormy] = await connected(base, ASKING, async (pool) => [await repeat(RUNS, () => quiet(pool, page)), await storms(base, pool, page)]);
    return [
      { what: `GET /livez, ${engine}`, unit: "a second", runs: speeds.map((run) => run.bare) },
      { what: `GET /api/overview with a session, ${engine}`, unit: "a second", runs: speeds.map((run) => run.page) },
      { what: `GET /api/overview / GET /livez, ${engine}`, unit: "%", runs: speeds.map((run) => (run.page / run.bare) * 100), least: 25 },
      { what: `authentication, scope and row-level security, p50, ${engine}`, unit: "ms", runs: costs.map((run) => run.named), limit: most },
      { what: `the same where no organization is named, p50, ${engine}`, unit: "ms", runs: costs.map((run) => run.unnamed), limit: most },
      { what: `GET /api/overview, p95, ${engine}`, unit: "ms", runs: calm },
      { what: `GET /api/overview while ${PEOPLE} people sign in, p95, ${engine}`, unit: "ms", runs: stormy.map((run) => run.pages), limit: 20 },
      { what: `signing in, one of ${PEOPLE} at once, p95, ${engine}`, unit: "ms", runs: stormy.map((run) => run.entering) },
    ];
  } finally {
    await agent.stop();
    await plane.stop();
    await watched.remove();
  }
}

export const api = async () => [...(await measuredOn("sqlite", 0.3)), ...(await measuredOn("postgres", 1))];
