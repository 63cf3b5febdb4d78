// Between a server and its database: passes on what they say, and can lose the answer to a commit, as a network does that
// breaks at the wrong moment.
import net from "node:net";

const COMMIT = Buffer.from("COMMIT\0");

export async function startProxy(port) {
  const sockets = new Set();
  // What the transaction names whose commit is to stay without an answer.
  let wanted;
  let lost = 0;
  const proxy = net.createServer((client) => {
    const database = net.connect(port, "127.0.0.1");
    let [named, silent] = [false, false];
    for (const [one, other] of [[client, database], [database, client]]) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on("data", (said) => {
      named ||= wanted !== undefined && said.includes(wanted);
      if (named && said.includes(COMMIT)) silent = true;
      database.write(said);
    });
    database.on("data", (said) => {
      if (!silent) return client.write(said);
      // The database has committed.
      [lost, wanted] = [lost + 1, undefined];
      client.destroy();
      database.destroy();
    });
  });
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  return {
    port: proxy.address().port,
    loseCommitOf: (name) => (wanted = Buffer.from(name)),
    lost: () => lost,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => proxy.close(done));
    },
  };
}
