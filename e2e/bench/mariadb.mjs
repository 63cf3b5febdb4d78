// A MariaDB server of a bench's own.
import { execFile, execFileSync, spawn } from "node:child_process";
import { chown, mkdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { folder, freePort, orElse } from "../support/programs.mjs";

const run = promisify(execFile);

function program(...names) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin"];
  const found = names.flatMap((name) => folders.map((path) => join(path, name))).find((path) => existsSync(path));
  if (!found) throw new Error(`MariaDB's programs are missing (${names}): install the package mariadb-server`);
  return found;
}

// As root it runs as the user that its package made.
function user() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync("id", [flag, "mysql"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

// One database, `bench`, which the account of `url` may read; `mariadb` runs statements as root.
export async function startMariadb() {
  const [home, port, as] = [await folder(), await freePort(), user()];
  const data = join(home, "data");
  await mkdir(data);
  if (as.uid !== undefined) for (const path of [home, data]) await chown(path, as.uid, as.gid);
  const options = { ...as, cwd: home };
  await run(program("mariadb-install-db"), ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"], options);
  const settings = ["--no-defaults", `--datadir=${data}`, `--socket=${home}/socket`, `--pid-file=${home}/pid`, `--port=${port}`, "--bind-address=127.0.0.1", "--skip-name-resolve",
    "--character-set-server=utf8mb4", "--innodb-buffer-pool-size=2G", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--table-open-cache=20000"];
  const server = spawn(program("mariadbd"), settings, { ...options, stdio: "ignore" });
  const ended = new Promise((done) => server.once("exit", done));
  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
    await rm(home, { recursive: true, force: true });
  };
  const client = [program("mariadb"), ["--no-defaults", "--user=root", `--socket=${home}/socket`]];
  const mariadb = async (sql) => {
    const child = execFile(client[0], [...client[1], "--batch", "--skip-column-names"], { maxBuffer: 1 << 26 });
    let [said, printed] = ["", ""];
    child.stderr.on("data", (text) => (said += text));
    child.stdout.on("data", (text) => (printed += text));
    child.stdin.end(sql);
    const code = await new Promise((done) => child.once("close", done));
    if (code !== 0) throw new Error(`mariadb failed: ${said}`);
    return printed.trim();
  };
  await orElse(stop, async () => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await mariadb("SELECT 1").catch((error) => error);
      if (answer === "1") break;
      if (attempt === 200) throw answer;
      await new Promise((done) => setTimeout(done, 100));
    }
    await mariadb(`CREATE DATABASE bench; CREATE USER 'bastion'@'127.0.0.1' IDENTIFIED BY 'change-me';
      GRANT SELECT, SHOW VIEW ON bench.* TO 'bastion'@'127.0.0.1'`);
  });
  return { mariadb, client, port, url: `mysql://bastion:change-me@127.0.0.1:${port}/bench`, stop };
}
