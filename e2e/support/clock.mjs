// A clock that is wrong: programs that are started with these variables see it, and nobody else.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

function library() {
  const folders = ["/usr/lib", ...readdirSync("/usr/lib").map((name) => join("/usr/lib", name))];
  const found = folders.map((folder) => join(folder, "faketime/libfaketimeMT.so.1")).find((path) => existsSync(path));
  if (!found) throw new Error("libfaketime is missing: install the package faketime");
  return found;
}

// Only the time of the day is wrong: how long something takes is measured as ever.
export const wrongBy = (seconds) => ({
  LD_PRELOAD: library(),
  FAKETIME: `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}s`,
  FAKETIME_DONT_FAKE_MONOTONIC: "1",
});
