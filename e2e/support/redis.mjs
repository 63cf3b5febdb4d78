// A Redis of one journey, in which servers count together. It keeps nothing on the disk.
import { rm } from "node:fs/promises";
import net from "node:net";
import { join } from "node:path";
import { folder, orElse, Program } from "./programs.mjs";

const connected = (path) => () =>
  new Promise((done, failed) => {
    const socket = net.connect(path, () => socket.end(() => done(true)));
    socket.once("error", failed);
  });

export async function startRedis() {
  const home = await folder();
  const path = join(home, "socket");
  const program = new Program("redis-server", "redis-server", ["--port", "0", "--unixsocket", path, "--save", "", "--dir", home]);
  const stop = async () => {
    await program.stop();
    await rm(home, { recursive: true, force: true });
  };
  await orElse(stop, () => program.until(connected(path)));
  return { url: `redis+unix://${path}`, stop };
}
