// Moments: the same ones in every run of the tests, and those that are waited for.

// mulberry32: numbers from 0 to 1, the same for the same seed.
export function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// How many kills, restarts and made-up requests: as many as a push is given, or more of them where
// `BASTION_JOURNEYS_EFFORT` is more than 1, by that factor.
export const effort = (count) => Math.ceil(count * Number(process.env.BASTION_JOURNEYS_EFFORT ?? 1));

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Looks until `look` answers something; fails with what it answered last, and with `what` did not come.
export async function eventually(what, look, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen === true) return;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s; seen was ${JSON.stringify(seen)}`);
    await pause(25);
  }
}
