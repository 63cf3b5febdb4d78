// `bastion` on its command line, with the database of a control plane.
import assert from "node:assert/strict";
import { pause } from "./moments.mjs";
import { bastion, Program } from "./programs.mjs";

const command = (plane, args) =>
  new Program(`bastion ${args.join(" ")}`, bastion, ["--data", plane.server.data, ...args], plane.env);

// Does what must succeed; answers how many milliseconds it took.
export async function does(plane, ...args) {
  const begun = performance.now();
  const program = command(plane, args);
  const { code } = await program.ended;
  assert.equal(code, 0, `${program.name}: ${program.said}`);
  return performance.now() - begun;
}

// The same, killed after so many milliseconds: whether that was before its end.
export const isKilled = (plane, milliseconds, ...args) => isKilledAfter(() => pause(milliseconds), plane, args);

// The same, killed as soon as something is seen.
export const isKilledOnce = (plane, isSeen, ...args) =>
  isKilledAfter(async (hasEnded) => {
    while (!hasEnded() && !(await isSeen()));
  }, plane, args);

async function isKilledAfter(wait, plane, args) {
  const program = command(plane, args);
  let over = false;
  const ended = program.ended.then(() => (over = true));
  await Promise.race([ended, wait(() => over)]);
  program.child.kill("SIGKILL");
  return (await program.ended).signal === "SIGKILL";
}
